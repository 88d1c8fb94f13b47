// Keys: j and k walk over [data-item], Enter opens its [data-open]; data-key="a" gives any control a key
// (a link is followed, a button is only brought under Enter, because what it does may not be undone); ? lists them.
import { element, word } from './words.js'

const items = () => [...document.querySelectorAll('[data-item]')]

function walk(step) {
  const all = items()
  if (!all.length) return
  const here = all.findIndex((item) => item.hasAttribute('aria-current'))
  const there = all[Math.min(Math.max(here + step, 0), all.length - 1)]
  all[here]?.removeAttribute('aria-current')
  there.setAttribute('aria-current', 'true')
  const link = there.querySelector('[data-open]')
  link?.focus({ preventScroll: true })
  there.scrollIntoView({ block: 'nearest' })
}

function reach(control) {
  control.scrollIntoView({ block: 'center' })
  control.focus()
  if (control.matches('a')) control.click()
}

const label = (control) => control.dataset.keyLabel ?? control.textContent.trim()

function sheet() {
  const own = [...document.querySelectorAll('[data-key]')].map((control) => [control.dataset.key, label(control)])
  const listed = items().length ? [['j', word('next')], ['k', word('previous')], ['Enter', word('open')]] : []
  const search = document.querySelector('input[type=search]') ? [['/', word('search')]] : []
  const keys = element('dl', { class: 'keys' })
  for (const [key, text] of [...listed, ...search, ...own, ['?', word('help')]]) {
    keys.append(element('dt', {}, element('kbd', {}, key)), element('dd', { class: 'mb-0' }, text))
  }
  const close = element('button', { class: 'btn', value: 'close' }, word('close'))
  const form = element('form', { method: 'dialog' }, element('h2', { id: 'keys-title' }, word('keys')), keys, close)
  const dialog = element('dialog', { 'aria-labelledby': 'keys-title' }, form)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

const fixed = {
  j: () => walk(1),
  k: () => walk(-1),
  '?': sheet,
  '/': () => document.querySelector('input[type=search]')?.focus(),
}

document.addEventListener('keydown', (event) => {
  const typing = event.target.closest?.('input, textarea, select, [contenteditable], dialog[open]')
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  const own = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)
  if (!own && !fixed[event.key]) return
  event.preventDefault()
  if (own) reach(own)
  else fixed[event.key]()
})
