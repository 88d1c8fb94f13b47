// Nothing typed is lost. A form with data-guard warns before leaving; one with data-keep="<key>" also keeps
// what was typed in this tab, and gives it back after a sign-in or a crash. The server says that a kept
// form is done with <meta name="kept-done" content="<key>">.
import { element, word } from './words.js'

const store = (key) => `typed:${key}`
const done = document.querySelector('meta[name="kept-done"]')
if (done) sessionStorage.removeItem(store(done.content))
if (document.querySelector('meta[name="signed-out"]')) sessionStorage.clear()

const answers = (form) =>
  [...new FormData(form)].filter(([name, value]) => typeof value === 'string' && name !== 'csrf_token')

function giveBack(form, kept) {
  for (const field of form.elements) {
    if (!field.name || field.name === 'csrf_token' || ['file', 'hidden', 'password', 'submit'].includes(field.type)) continue
    const values = kept.filter(([name]) => name === field.name).map(([, value]) => value)
    if (['checkbox', 'radio'].includes(field.type)) field.checked = values.includes(field.value)
    else if (values.length && !field.readOnly) field.value = values[0]
  }
}

function offerBack(form, key) {
  const text = sessionStorage.getItem(store(key))
  // A refused form comes back with everything that was sent; it is newer than what was kept.
  if (!text || form.querySelector('.error-summary') || text === JSON.stringify(answers(form))) return
  giveBack(form, JSON.parse(text))
  const discard = element('button', { type: 'button', class: 'btn btn-sm ms-2' }, word('discard'))
  const notice = element('div', { class: 'alert', role: 'status' }, word('restored'), discard)
  discard.addEventListener('click', () => {
    sessionStorage.removeItem(store(key))
    form.reset()
    notice.remove()
  })
  form.prepend(notice)
}

for (const form of document.querySelectorAll('form[data-guard], form[data-keep]')) {
  const { keep } = form.dataset
  let dirty = false
  if (keep) offerBack(form, keep)
  form.addEventListener('input', () => {
    dirty = true
    if (keep) sessionStorage.setItem(store(keep), JSON.stringify(answers(form)))
  })
  // What is typed here is kept while another form of the page (an act) is sent; then nobody need be warned.
  document.addEventListener('submit', (event) => {
    if (event.target === form || keep) dirty = false
  })
  addEventListener('beforeunload', (event) => {
    if (dirty && form.isConnected) event.preventDefault()
  })
}
