// Rows that a person adds and removes; without this script the same buttons submit to the server.
//   <div data-rows="rows" data-next="2">
//     … <tbody data-rows-body> <tr data-row> … <button name="_remove" value="rows-0" data-row-remove>删除</button></tr></tbody>
//     <template><tr data-row> … name="rows-__index__-target" … </tr></template>
//     <button name="_add" value="rows" data-row-add>添加一行</button></div>
import { element, word } from './words.js'

const UNDO = 8000

function add(list) {
  const index = list.dataset.next
  list.dataset.next = Number(index) + 1
  const markup = element('template')
  markup.innerHTML = list.querySelector('template').innerHTML.replaceAll('__index__', index)
  const row = markup.content.querySelector('[data-row]')
  list.querySelector('[data-rows-body]').append(row)
  row.querySelector('input:not([type=hidden]), select, textarea')?.focus()
  changed(list)
}

function remove(row) {
  const list = row.closest('[data-rows]')
  const place = document.createComment('')
  row.replaceWith(place)
  changed(list)
  document.querySelector('.undo')?.remove()
  const back = element('button', { type: 'button' }, word('undo'))
  const notice = element('div', { class: 'undo', role: 'status' }, word('removed'), back)
  back.addEventListener('click', () => {
    place.replaceWith(row)
    notice.remove()
    changed(list)
    row.querySelector('input, select, textarea')?.focus()
  })
  document.body.append(notice)
  setTimeout(() => notice.remove(), UNDO)
}

const changed = (list) => list.dispatchEvent(new Event('input', { bubbles: true }))

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-row-add], [data-row-remove]')
  const list = button?.closest('[data-rows]')
  if (!list?.querySelector('template')) return
  event.preventDefault()
  if (button.matches('[data-row-add]')) add(list)
  else remove(button.closest('[data-row]'))
})
