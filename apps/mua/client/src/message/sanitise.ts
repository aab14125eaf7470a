import createDOMPurify from 'dompurify';

const purifier = createDOMPurify(window);

const FORBIDDEN_TAGS = [
  'base',
  'button',
  'dialog',
  'embed',
  'fieldset',
  'form',
  'frame',
  'frameset',
  'iframe',
  'input',
  'link',
  'math',
  'meta',
  'object',
  'option',
  'select',
  'svg',
  'template',
  'textarea',
  'video',
  'audio',
  'source',
  'track',
];
const SAFE_LINK = /^(?:https?:|mailto:|tel:|#)/i;
const REMOTE = /^\s*(?:https?:)?\/\//i;

export interface SanitiseOptions {
  readonly images: boolean;
  /** Where the part with this Content-ID is served. */
  readonly partUrl: (cid: string) => string | undefined;
}

export interface Sanitised {
  readonly fragment: DocumentFragment;
  /** Pictures elsewhere that were left out. */
  readonly remote: number;
}

/**
 * A message's HTML as a fragment without script, form or frame. This is the first of two walls: the frame that shows it runs
 * no script and loads nothing its policy does not name, whatever gets past here.
 */
export function sanitise(html: string, { images, partUrl }: SanitiseOptions): Sanitised {
  const fragment = purifier.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    FORCE_BODY: true,
    FORBID_TAGS: FORBIDDEN_TAGS,
    FORBID_ATTR: ['srcset', 'ping', 'autofocus', 'contenteditable', 'tabindex', 'accesskey', 'id', 'name'],
    ALLOW_DATA_ATTR: false,
    // The last two: what is no address at all (DOMPurify puts every attribute's value to this test).
    ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto|tel|cid):|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
  });
  let remote = 0;
  for (const element of fragment.querySelectorAll<HTMLElement>('*')) {
    if (element.localName === 'a' || element.localName === 'area') link(element);
    for (const name of ['src', 'background', 'poster']) {
      const url = element.getAttribute(name);
      if (url === null) continue;
      if (/^cid:/i.test(url)) replace(element, name, partUrl(url.slice(4)));
      else if (REMOTE.test(url) && !images) {
        remote += 1;
        if (element.localName === 'img') element.replaceWith(...placeholder(element));
        else replace(element, name, undefined);
      }
    }
    if (/url\s*\(/i.test(element.getAttribute('style') ?? '')) remote += 1;
    if (element.localName === 'style' && /url\s*\(|@import/i.test(element.textContent)) remote += 1;
  }
  return { fragment, remote: images ? 0 : remote };
}

function link(element: HTMLElement): void {
  if (!SAFE_LINK.test(element.getAttribute('href') ?? '')) element.removeAttribute('href');
  element.setAttribute('target', '_blank');
  element.setAttribute('rel', 'noopener noreferrer');
}

/** The words that stand for a picture; tracking pixels have none. */
function placeholder(image: HTMLElement): HTMLElement[] {
  const alt = image.getAttribute('alt')?.trim() ?? '';
  if (alt === '') return [];
  const span = document.createElement('span');
  span.className = 'postroad-picture';
  span.textContent = alt;
  return [span];
}

function replace(element: HTMLElement, name: string, url: string | undefined): void {
  if (url === undefined) element.removeAttribute(name);
  else element.setAttribute(name, url);
}

const BLOCKS = new Set([
  'P',
  'DIV',
  'BR',
  'TR',
  'LI',
  'H1',
  'H2',
  'H3',
  'H4',
  'H5',
  'H6',
  'TABLE',
  'UL',
  'OL',
  'BLOCKQUOTE',
  'HR',
]);

/** The words of a message's HTML, for quoting it. */
export function plainText(html: string): string {
  const { fragment } = sanitise(html, { images: false, partUrl: () => undefined });
  for (const style of fragment.querySelectorAll('style')) style.remove();
  let text = '';
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node instanceof Text) text += node.data.replaceAll(/\s+/g, ' ');
    else if (BLOCKS.has(node.nodeName)) text += '\n';
  }
  return text
    .replaceAll(/[ \t]+\n|\n[ \t]+/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
