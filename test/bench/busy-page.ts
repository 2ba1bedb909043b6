/** A page of so many elements, rows of text and controls as lists and tables have them. */
export function pageOf(elements: number): string {
  const rows = Array.from({ length: Math.ceil(elements / elementsOfRow) }, (_, row) => rowOf(row)).join('');
  return `<!doctype html><meta charset="utf-8"><title>Page</title><body><main>${rows}</main><script>${changing}</script>`;
}

const elementsOfRow = 5;
const rowOf = (row: number) =>
  `<div class="row r${row % 7}" id="row-${row}"><span class="label">Item ${row}</span><b class="value">${row}</b>` +
  '<button type="button">Open</button><i hidden>more</i></div>';

/**
 * In the page: `change(frames)` makes changes for so many frames, 1000 for 60 frames, which are a second: texts, classes,
 * styles, what is hidden, and elements that move. The same work each time, however late the frames are.
 */
const changing = `
  const kinds = [
    (row, at) => { row.querySelector('.value').firstChild.data = String(at); },
    (row) => { row.classList.toggle('is-new'); },
    (row) => { row.lastElementChild.hidden = !row.lastElementChild.hidden; },
    (row, at) => { row.style.opacity = at % 2 ? '0.9' : '1'; },
    (row) => { row.parentElement.append(row); },
  ];
  globalThis.change = (frames) => new Promise((resolve) => {
    const rows = [...document.querySelectorAll('.row')];
    let frame = 0;
    let done = 0;
    const next = () => {
      for (const due = (++frame * 1000) / 60; done < due; done++) kinds[done % 5](rows[(done * 7919) % rows.length], done);
      if (frame < frames) requestAnimationFrame(next);
      else resolve();
    };
    next();
  });
`;
