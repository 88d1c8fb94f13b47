// The small form of an act (a[data-act]) opens over the page, so that what is being typed stays in sight;
// without this it is a page of its own. [data-close] closes it.
import htmx from 'htmx.org'
import { element } from './words.js'

async function open(link) {
  const answer = await fetch(link.href, { headers: { accept: 'text/html' } })
  const found = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#act')
  if (!answer.ok || !found) return location.assign(link.href)
  const dialog = element('dialog', { class: 'act-dialog', 'aria-labelledby': 'act-title' }, document.importNode(found, true))
  dialog.addEventListener('close', () => {
    dialog.remove()
    link.focus()
  })
  document.body.append(dialog)
  htmx.process(dialog)
  dialog.showModal()
}

document.addEventListener('click', (event) => {
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
  const link = event.target.closest('a[data-act]')
  if (link && plain) {
    event.preventDefault()
    event.stopPropagation()
    open(link)
  }
  const dialog = event.target.closest('[data-close]')?.closest('dialog')
  if (dialog) {
    event.preventDefault()
    event.stopPropagation()
    dialog.close()
  }
}, true)

// A usual opinion is filled in by a click; what was typed stays before it.
document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-fill]')
  const field = button && document.querySelector(button.dataset.fill)
  if (!field) return
  event.preventDefault()
  field.value = field.value.trim() ? `${field.value.trimEnd()}\n${button.dataset.text}` : button.dataset.text
  field.dispatchEvent(new Event('input', { bubbles: true }))
  field.focus()
})
