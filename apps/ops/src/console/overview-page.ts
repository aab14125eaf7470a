import type { Health, QueueCounts } from '../api/schemas.ts';
import type { MessageSummary } from '../story/schema.ts';
import { badge, bytes, moment } from './format.ts';
import { html, type Markup } from './html.ts';
import { layout } from './layout.ts';

export interface Overview {
  readonly messages: readonly MessageSummary[];
  /** Null when the broker cannot say. */
  readonly queue: QueueCounts | null;
  readonly health: Health;
}

export function overviewPage(overview: Overview): string {
  const main = html`<h1 class="hidden">Overview</h1>
    <div class="columns" id="live" data-refresh="5000">
      <section class="card wide" aria-labelledby="recent">
        <h2 id="recent">Recent messages</h2>
        ${messageTable(overview.messages, 'No message has come yet. Send one, and it shows up here within a second or two.')}
      </section>
      <div class="side">
        <section class="card" aria-labelledby="agents">
          <h2 id="agents">Agents</h2>
          ${agentList(overview.health)}
        </section>
        <section class="card" aria-labelledby="queue">
          <h2 id="queue"><a href="/queue">Queue</a></h2>
          ${queueSummary(overview.queue)}
        </section>
      </div>
    </div>`;
  return layout({ title: 'Overview', main, signedIn: true });
}

/** Recipients as people want them in a list: the first, and how many more. */
const others = (recipients: readonly string[]): Markup =>
  html`${recipients[0] ?? '–'}${recipients.length > 1 ? html` <span class="more">+${recipients.length - 1}</span>` : null}`;

export function messageTable(messages: readonly MessageSummary[], empty: string): Markup {
  if (messages.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Messages">
    <table class="messages">
      <thead>
        <tr>
          <th scope="col">Time (UTC)</th>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col">Size</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        ${messages.map(
          ({ queueId, at, sender, recipients, size, state }) =>
            html`<tr>
              <td data-label="Time">
                <a href="/messages/${queueId}" aria-label="Story of ${queueId}">${moment(at)}</a>
              </td>
              <td data-label="From" class="address">${sender ?? '–'}</td>
              <td data-label="To" class="address">${others(recipients)}</td>
              <td data-label="Size" class="number">${size === undefined ? '–' : bytes(size)}</td>
              <td data-label="State">${badge(state)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function agentList({ broker, agents, store }: Health): Markup {
  const item = (name: string, ready: boolean, detail: string) =>
    html`<li>
      <span class="dot ${ready ? 'good' : 'bad'}" aria-hidden="true"></span>
      <span class="name">${name}</span><span class="detail">${ready && detail === 'ok' ? 'ready' : detail}</span>
    </li>`;
  const kept = `${store.events.toLocaleString('en')} events, ${store.spans.toLocaleString('en')} spans`;
  return html`<ul class="agents">
    ${item('broker', broker.ready, broker.ready ? `NATS ${broker.version ?? ''}` : broker.detail)}
    ${agents.map(({ name, ready, detail }) => item(name, ready, detail))}
    ${item('ops', store.ready, store.ready ? kept : store.detail)}
  </ul>`;
}

function queueSummary(counts: QueueCounts | null): Markup {
  if (counts === null) return html`<p class="empty">The broker cannot say.</p>`;
  const rows = (['ready', 'attempting', 'deferred', 'held'] as const).map(
    (state) =>
      html`<div>
        <dt><a href="/queue?state=${state}">${state}</a></dt>
        <dd class="${state === 'held' && counts.held > 0 ? 'bad' : ''}">${counts[state]}</dd>
      </div>`,
  );
  return html`<dl class="counts">${rows}</dl>`;
}
