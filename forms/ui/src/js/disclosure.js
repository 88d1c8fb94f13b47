// Menus, dialogues, and two acts that need no page: data-dialog="#id" opens, data-print prints,
// <input data-type-to-confirm="销号"> enables the dialogue's button once the words are typed.
const wide = matchMedia('(min-width: 768px)')

// The wide masthead shows its menu always; styles alone do that only in newer browsers.
function fitMenu() {
  for (const menu of document.querySelectorAll('details.masthead-menu')) menu.open = wide.matches
}
fitMenu()
wide.addEventListener('change', fitMenu)

document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false
  }
  const opener = event.target.closest('[data-dialog]')
  if (opener) {
    event.preventDefault()
    document.querySelector(opener.dataset.dialog)?.showModal()
  }
  if (event.target.closest('[data-print]')) print()
})

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  const menu = document.querySelector(`details.menu[open]${wide.matches ? '' : ', details.masthead-menu[open]'}`)
  if (!menu) return
  menu.open = false
  menu.querySelector('summary').focus()
})

document.addEventListener('input', (event) => {
  const wanted = event.target.dataset?.typeToConfirm
  if (wanted === undefined) return
  event.target.form.querySelector('[data-confirms]').disabled = event.target.value.trim() !== wanted
})
