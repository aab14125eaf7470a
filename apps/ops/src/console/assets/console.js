// Small comforts for the console; every page works without them.
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' });

/** Times get how long ago they were, and the reader's own zone in the tooltip. */
function tellTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    time.title = at.toLocaleString();
    if ('exact' in time.dataset) continue;
    const seconds = (at - Date.now()) / 1000;
    const [unit, size] = [
      ['day', 86400],
      ['hour', 3600],
      ['minute', 60],
      ['second', 1],
    ].find(([, s]) => Math.abs(seconds) >= s) ?? ['second', 1];
    const place = time.closest('a') ?? time;
    let note = place.nextElementSibling;
    if (!note?.classList.contains('ago')) {
      note = document.createElement('span');
      note.className = 'ago';
      place.after(' ', note);
    }
    note.textContent = ago.format(Math.round(seconds / size), unit);
  }
}

/** The overview refreshes itself while somebody looks at it and uses nothing on it. */
async function refresh(live) {
  if (document.hidden || live.contains(document.activeElement)) return;
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!response.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('#live');
  if (fresh === null) return;
  live.replaceChildren(...fresh.childNodes);
  tellTimes(live);
}

tellTimes(document);
const live = document.querySelector('#live');
if (live !== null) setInterval(() => refresh(live).catch(() => undefined), Number(live.dataset.refresh));
