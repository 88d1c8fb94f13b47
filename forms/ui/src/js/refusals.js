// Reasons beside refusals: a button with aria-disabled stays reachable, says why, and does nothing.
document.addEventListener(
  'click',
  (event) => {
    if (!event.target.closest('[aria-disabled="true"]')) return
    event.preventDefault()
    event.stopImmediatePropagation()
  },
  true,
)

// A refused form opens at its summary, so that readers hear it first.
document.querySelector('.error-summary')?.focus()
