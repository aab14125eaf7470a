import type { EventEntry, MessageSummary, SpanEntry, Story } from '../story/schema.ts';
import { badge, bytes, duration, moment, relative } from './format.ts';
import { html, type Markup } from './html.ts';
import { lanes } from './lanes.ts';
import { layout } from './layout.ts';
import { messageTable } from './overview-page.ts';

const MAX_OUTCOMES = 200;

export function storyPage(story: Story, search: string): string {
  const main = html`<article>
    <section class="card">
      <h1 class="id">Message <code>${story.queueId}</code> ${badge(story.state)}</h1>
      ${facts(story)} ${story.outcomes.length > 0 ? outcomes(story) : null}
      ${story.related.length > 0 ? related(story) : null}
    </section>
    <section class="card" aria-labelledby="picture">
      <h2 id="picture">Timeline</h2>
      <div class="scroll" tabindex="0" role="region" aria-label="Timeline picture, scrolls sideways">
        ${lanes(story)}
      </div>
      <p class="note">
        Bars are spans, dots are events; each stretch of time has a scale of its own, and pauses are cut out.
      </p>
    </section>
    <section class="card" aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      ${steps(story)}
    </section>
  </article>`;
  return layout({ title: `Message ${story.queueId}`, main, search, signedIn: true });
}

function facts({ messageId, sender, recipients, size, at, traceIds }: Story): Markup {
  const row = (name: string, value: Markup | string | undefined) =>
    value === undefined
      ? null
      : html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`;
  const shown =
    recipients.slice(0, 20).join(', ') + (recipients.length > 20 ? ` and ${recipients.length - 20} more` : '');
  return html`<dl class="facts">
    ${row('From', sender)}${row('To', shown === '' ? undefined : shown)}${row('Arrived (UTC)', moment(at))}${row('Size', size === undefined ? undefined : bytes(size))}
    ${row('Message-ID', messageId === undefined ? undefined : html`<code>${messageId}</code>`)}${row('Trace', traceIds[0] === undefined ? undefined : html`<code>${traceIds[0]}</code>`)}
  </dl>`;
}

const outcomes = (story: Story): Markup =>
  html`<h2>Recipients</h2>
    <ul class="outcomes">
      ${story.outcomes.slice(0, MAX_OUTCOMES).map(
        ({ recipient, outcome, status, detail }) =>
          html`<li>
            ${badge(outcome)}
            <span class="address">${recipient}</span
            >${status === undefined ? null : html` <code>${status}</code>`}${detail === undefined ? null : html` <span class="said">${detail}</span>`}
          </li>`,
      )}
    </ul>`;

const related = (story: Story): Markup =>
  html`<h2>Related messages</h2>
    <ul class="outcomes">
      ${story.related.map(
        ({ queueId, relation, detail }) =>
          html`<li>
            ${relation === 'parent' ? 'made from' : 'led to'} <a href="/messages/${queueId}"><code>${queueId}</code></a
            >${detail === undefined ? null : html` <span class="said">${detail}</span>`}
          </li>`,
      )}
    </ul>`;

function steps({ timeline }: Story): Markup {
  const zero = Date.parse(timeline[0]?.at ?? '');
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Steps">
    <table class="messages steps">
      <thead>
        <tr>
          <th scope="col">After</th>
          <th scope="col">Time (UTC)</th>
          <th scope="col">Agent</th>
          <th scope="col">What</th>
          <th scope="col">Who</th>
          <th scope="col">Status</th>
          <th scope="col">Host and words</th>
        </tr>
      </thead>
      <tbody>
        ${timeline.map((entry) => {
          const after = relative(Date.parse(entry.at) - zero);
          return entry.kind === 'event' ? eventRow(entry, after) : spanRow(entry, after);
        })}
      </tbody>
    </table>
  </div>`;
}

const clock = (at: string): Markup => html`<time datetime="${at}" data-exact>${at.slice(11, 23)}</time>`;

const eventRow = ({ at, agent, step, recipients, status, host, detail }: EventEntry, after: string): Markup =>
  html`<tr>
    <td data-label="After" class="number">${after}</td>
    <td data-label="Time">${clock(at)}</td>
    <td data-label="Agent"><span class="agent-name agent-${agent}">${agent}</span></td>
    <td data-label="What">${badge(step)}</td>
    <td data-label="Who" class="address">
      ${(recipients ?? []).slice(0, 5).join(', ')}${recipients !== undefined && recipients.length > 5 ? html` <span class="more">+${recipients.length - 5}</span>` : null}
    </td>
    <td data-label="Status">${status === undefined ? null : html`<code>${status}</code>`}</td>
    <td data-label="Words" class="said">${[host, detail].filter(Boolean).join(' · ')}</td>
  </tr>`;

/** Names of spans are indented under their parents. */
const spanRow = ({ at, agent, name, durationMs, depth, relation, error }: SpanEntry, after: string): Markup =>
  html`<tr class="span">
    <td data-label="After" class="number">${after}</td>
    <td data-label="Time">${clock(at)}</td>
    <td data-label="Agent"><span class="agent-name agent-${agent}">${agent}</span></td>
    <td data-label="What">${'↳ '.repeat(Math.min(depth, 6))}${name}</td>
    <td data-label="Who">${relation} span</td>
    <td data-label="Status">${duration(durationMs)}</td>
    <td data-label="Words" class="said">${error}</td>
  </tr>`;

export function resultsPage(search: string, messages: readonly MessageSummary[]): string {
  const main = html`<section class="card">
    <h1>${messages.length === 0 ? 'Nothing found' : 'Messages'}</h1>
    <p>${messages.length === 0 ? 'Nothing is known of ' : 'Newest first, for '}<code>${search}</code></p>
    ${
      messages.length === 0
        ? html`<p class="empty">
            Messages show up here within a second or two of their arrival. Search for a queue id (26 letters and
            digits), a Message-ID with or without angle brackets, a trace id, or a whole address.
          </p>`
        : messageTable(messages, '')
    }
  </section>`;
  return layout({ title: 'Search', main, search, signedIn: true });
}
