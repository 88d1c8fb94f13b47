// What scripts say, in the page's language.
const words = {
  zh: {
    busy: '正在处理…',
    restored: '已恢复上次没有提交的内容。',
    discard: '丢弃',
    removed: '已删除一行。',
    undo: '撤销',
    keys: '键盘操作',
    close: '关闭',
    next: '下一条',
    previous: '上一条',
    open: '打开',
    search: '查找',
    help: '显示本说明',
  },
  en: {
    busy: 'Working…',
    restored: 'What you had typed and not sent is back.',
    discard: 'Discard',
    removed: 'One row removed.',
    undo: 'Undo',
    keys: 'Keyboard',
    close: 'Close',
    next: 'Next item',
    previous: 'Previous item',
    open: 'Open',
    search: 'Search',
    help: 'Show this sheet',
  },
}

export const word = (name) => (words[document.documentElement.lang.slice(0, 2)] ?? words.zh)[name]

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}
