// Nothing waits in silence: a quiet line after 0.3 s, words after 2 s (data-busy on the form or link says which).
import { element, word } from './words.js'

const QUIET = 300
const LOUD = 2000
// A link that turns out to be a download never leaves the page.
const PATIENCE = 15000
let shown = []
let timers = []

function start(source) {
  stop()
  const text = source?.closest?.('[data-busy]')?.dataset.busy ?? word('busy')
  const show = (made) => {
    shown.push(made)
    document.body.append(made)
  }
  timers = [
    setTimeout(() => show(element('div', { class: 'busy-line', role: 'progressbar', 'aria-label': text })), QUIET),
    setTimeout(() => show(element('div', { class: 'busy-text', role: 'status' }, text)), LOUD),
  ]
}

function stop() {
  timers.forEach(clearTimeout)
  shown.forEach((made) => made.remove())
  shown = []
}

// A second click while the first is under way does nothing; the server would refuse it anyway.
const sent = new WeakSet()
const pressed = new Set()

function shut(form) {
  sent.add(form)
  for (const button of form.elements) {
    if (button.type !== 'submit' || button.hasAttribute('aria-disabled')) continue
    button.setAttribute('aria-disabled', 'true')
    pressed.add(button)
  }
}

function reopen() {
  for (const form of document.forms) sent.delete(form)
  for (const button of pressed) button.removeAttribute('aria-disabled')
  pressed.clear()
}

document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.matches('[target], [hx-post], [hx-get], [data-download]')) return
  if (sent.has(form)) return event.preventDefault()
  // Another listener may still refuse the submission.
  setTimeout(() => {
    if (event.defaultPrevented) return
    shut(form)
    start(event.submitter ?? form)
  })
})
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href]')
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
  if (!link || !plain || link.target || link.hasAttribute('download') || link.hash || event.defaultPrevented) return
  if (link.origin !== location.origin) return
  start(link)
  timers.push(setTimeout(stop, PATIENCE))
})
document.addEventListener('htmx:before:request', (event) => start(event.target))
document.addEventListener('htmx:finally:request', stop)
addEventListener('pagehide', stop)
addEventListener('pageshow', (event) => {
  stop()
  if (event.persisted) reopen()
})
