import { useEffect, useMemo, useRef, useState } from 'react';
import type { MessageView } from '../../../src/api-types.ts';
import { query } from '../api/http.ts';
import { Icon } from '../shell/icon.tsx';
import { sanitise } from './sanitise.ts';

const BASE_STYLE =
  'html{overflow-x:auto;overflow-y:hidden}body{margin:0;padding:20px;font:15px/1.55 system-ui,sans-serif;color:#1d2126;background:#fff;overflow-wrap:break-word}' +
  'img{max-width:100%;height:auto}table{max-width:100%}a{color:#245a9c}blockquote{margin:0 0 0 8px;padding-left:12px;border-left:3px solid #d5d9de}pre{white-space:pre-wrap}.postroad-picture{padding:1px 6px;border:1px dashed #b9bec5;border-radius:4px;color:#5d646c;font-size:13px}';

/**
 * A message's HTML in a frame of its own: sandboxed (no script), with a policy that loads nothing from elsewhere. Showing pictures is
 * another frame with another policy.
 */
export function HtmlBody({ html, message }: { html: string; message: MessageView }) {
  const [images, setImages] = useState(false);
  const content = useMemo(() => {
    const partUrl = (cid: string) => {
      const file = message.files.find((each) => each.cid === cid);
      return file && `/api/image?${query({ folder: message.folder, uid: message.uid, part: file.part })}`;
    };
    return sanitise(html, { images, partUrl });
  }, [html, images, message.files, message.folder, message.uid]);
  return (
    <>
      {content.remote > 0 && (
        <div className="notice">
          <Icon name="image" />
          <span>Pictures from elsewhere are not loaded: they would tell the sender that you read this.</span>
          <button className="button" type="button" onClick={() => setImages(true)}>
            Show images
          </button>
        </div>
      )}
      <Frame key={String(images)} src={images ? '/frame/images' : '/frame/private'} fragment={content.fragment} />
    </>
  );
}

function Frame({ src, fragment }: { src: string; fragment: DocumentFragment }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(160);
  const [loaded, setLoaded] = useState(0);
  useEffect(() => {
    const inner = frame.current?.contentDocument;
    if (loaded === 0 || inner?.body == null || inner.location.pathname !== src) return;
    const style = inner.createElement('style');
    style.textContent = BASE_STYLE;
    inner.head.replaceChildren(style);
    inner.body.replaceChildren(inner.importNode(fragment, true));
    const measure = () => setHeight(Math.min(100_000, Math.ceil(inner.documentElement.getBoundingClientRect().height)));
    const observer = new ResizeObserver(measure);
    observer.observe(inner.documentElement);
    measure();
    // The keys work in here as well.
    const pass = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey } = event;
      if (!document.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, metaKey, altKey, cancelable: true })))
        event.preventDefault();
    };
    inner.addEventListener('keydown', pass);
    return () => {
      observer.disconnect();
      inner.removeEventListener('keydown', pass);
    };
  }, [src, fragment, loaded]);
  return (
    <iframe
      ref={frame}
      className="html-body"
      title="Text of the message"
      src={src}
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      height={height}
      onLoad={() => setLoaded((n) => n + 1)}
    />
  );
}
