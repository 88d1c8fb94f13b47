// A large diagram begins where the matter stands now, not at its upper left corner.
for (const strip of document.querySelectorAll('.diagram-strip')) {
  const here = strip.querySelector('[data-state="current"]')
  if (!here) continue
  const [outer, inner] = [strip.getBoundingClientRect(), here.getBoundingClientRect()]
  strip.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2)
  strip.scrollTop += inner.top + inner.height / 2 - (outer.top + outer.height / 2)
}
