import type { Story } from '../story/schema.ts';
import { duration, relative, toneOf } from './format.ts';
import { html, type Markup } from './html.ts';

/** Pauses longer than this are cut out of the picture (retries may be days apart). */
const PAUSE_MS = 1_000;
const LEFT = 64;
const RIGHT = 190;
const CLUSTER_WIDTH = { one: 840, many: 260, instant: 40 };
const BREAK = 96;
/** Room below the lanes for the lengths of pauses. */
const BOTTOM = 20;
const ROW = 24;
const TOP = 34;
const CHAR = 6.6;
const MAX_ITEMS = 400;
const ORDER = ['mua', 'msa', 'mta', 'mda', 'ops'];

interface Item {
  readonly lane: string;
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly tone: string;
  readonly kind: 'event' | 'span';
  readonly title: string;
}

interface Placed extends Item {
  readonly x: number;
  readonly width: number;
  readonly row: number;
}

/** A stretch of time without a long pause, with its own linear scale. */
interface Cluster {
  readonly from: number;
  readonly to: number;
  readonly x: number;
  readonly width: number;
}

/** The timeline as a picture: a lane for each agent, time from left to right, pauses cut out. */
export function lanes(story: Story): Markup {
  const items = itemsOf(story);
  const first = items[0];
  if (first === undefined) return html``;
  const clusters = clustersOf(items);
  const last = clusters.at(-1);
  const width = (last === undefined ? 0 : last.x + last.width) + RIGHT;
  const names = [...new Set(items.map(({ lane }) => lane))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  let y = TOP;
  const drawn = names.map((name) => {
    const placed = place(
      items.filter(({ lane }) => lane === name),
      clusters,
    );
    const height = (Math.max(...placed.map(({ row }) => row)) + 1) * ROW + 14;
    const lane = { ground: drawGround(name, y, height, width), items: drawItems(name, placed, y) };
    y += height;
    return lane;
  });
  return html`<svg
    class="lanes"
    width="${width}"
    height="${y + BOTTOM}"
    viewBox="0 0 ${width} ${y + BOTTOM}"
    role="img"
    aria-labelledby="lanes-title lanes-desc"
  >
    <title id="lanes-title">Timeline of the message across agents</title>
    <desc id="lanes-desc">${names.length} lanes, one for each agent; the table below has the same steps as text.</desc>
    ${drawn.map(({ ground }) => ground)}${clusters.map((cluster, i) => axis(cluster, clusters[i - 1], first.from, y))}
    ${drawn.map(({ items: lane }) => lane)}
  </svg>`;
}

const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

function itemsOf({ timeline }: Story): Item[] {
  return timeline
    .slice(0, MAX_ITEMS)
    .map((entry): Item => {
      const from = Date.parse(entry.at);
      if (entry.kind === 'span')
        return {
          ...{
            kind: 'span',
            lane: entry.agent,
            from,
            to: from + entry.durationMs,
            label: `${entry.name} ${duration(entry.durationMs)}`,
          },
          ...{ tone: entry.error === undefined ? 'plain' : 'bad', title: entry.error ?? entry.relation },
        };
      const what = [entry.status, entry.detail, entry.host].filter(Boolean).join(' · ');
      return {
        kind: 'event',
        lane: entry.agent,
        from,
        to: from,
        label: entry.step,
        tone: toneOf(entry.step),
        title: what,
      };
    })
    .sort((a, b) => a.from - b.from);
}

function clustersOf(items: readonly Item[]): Cluster[] {
  const ranges: { from: number; to: number }[] = [];
  for (const { from, to } of items) {
    const current = ranges.at(-1);
    if (current !== undefined && from - current.to <= PAUSE_MS) current.to = Math.max(current.to, to);
    else ranges.push({ from, to });
  }
  let x = LEFT + 16;
  return ranges.map((range) => {
    const width =
      ranges.length === 1 ? CLUSTER_WIDTH.one : range.from === range.to ? CLUSTER_WIDTH.instant : CLUSTER_WIDTH.many;
    const cluster = { ...range, width, x };
    x += width + BREAK;
    return cluster;
  });
}

function at(time: number, clusters: readonly Cluster[]): number {
  const cluster = clusters.findLast(({ from }) => time >= from) ?? clusters[0];
  if (cluster === undefined) return LEFT;
  const span = cluster.to - cluster.from;
  return cluster.x + (span === 0 ? 0 : ((Math.min(time, cluster.to) - cluster.from) / span) * cluster.width);
}

/** Each item in the first row where its label has room. */
function place(items: readonly Item[], clusters: readonly Cluster[]): Placed[] {
  const ends: number[] = [];
  return items.map((item) => {
    const x = at(item.from, clusters);
    const width = item.kind === 'span' ? Math.max(at(item.to, clusters) - x, 4) : 10;
    const end = x + Math.max(width + 6 + item.label.length * CHAR, 24) + 12;
    let row = ends.findIndex((busy) => busy <= x - 6);
    if (row === -1) row = ends.length;
    ends[row] = end;
    return { ...item, x, width, row };
  });
}

const drawGround = (name: string, y: number, height: number, width: number): Markup =>
  html`<g class="lane agent-${name}">
    <rect class="ground" x="0" y="${y}" width="${width}" height="${height - 6}" rx="8" />
    <text class="agent" x="14" y="${y + 25}">${name}</text>
  </g>`;

const drawItems = (name: string, placed: readonly Placed[], y: number): Markup =>
  html`<g class="lane agent-${name}">${placed.map((item) => drawItem(item, y + 8 + item.row * ROW))}</g>`;

function drawItem({ kind, x, width, label, tone, title }: Placed, y: number): Markup {
  const text = html`<text class="label" x="${(x + width + 6).toFixed(1)}" y="${y + 14}">${label}</text>`;
  const hint = title === '' ? null : html`<title>${label}: ${title}</title>`;
  if (kind === 'event')
    return html`<g class="event ${tone}">${hint}<circle cx="${(x + 5).toFixed(1)}" cy="${y + 10}" r="5" />${text}</g>`;
  return html`<g class="span ${tone}"
    >${hint}<rect x="${x.toFixed(1)}" y="${y + 4}" width="${width.toFixed(1)}" height="12" rx="3" />${text}</g
  >`;
}

function axis(cluster: Cluster, before: Cluster | undefined, zero: number, bottom: number): Markup {
  const end = cluster.x + cluster.width;
  const pause = before === undefined ? null : cluster.from - before.to;
  const span = cluster.to - cluster.from;
  const tick = (x: number, time: number, anchor: string) =>
    html`<line class="tick" x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${bottom}" /><text
        class="time"
        text-anchor="${anchor}"
        x="${x}"
        y="${TOP - 14}"
        >${relative(time - zero)}</text
      >`;
  const gap = cluster.x - BREAK / 2;
  const cut =
    pause === null
      ? null
      : html`<rect class="cut" x="${gap - 7}" y="${TOP - 2}" width="14" height="${bottom - TOP}" />
          <text class="pause" text-anchor="middle" x="${gap}" y="${bottom + 12}">⋯ ${duration(pause)} ⋯</text>`;
  return html`${cut}${tick(cluster.x, cluster.from, pause === null ? 'start' : 'middle')}${span > 0 ? tick(end, cluster.to, 'middle') : null}`;
}
