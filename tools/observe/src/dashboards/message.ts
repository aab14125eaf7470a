import { type Dashboard, text, traces } from './panel.ts';

const ID = '`${queueId}`';

const STORY = `- [The story of ${ID} at ops](\${ops}/messages/\${queueId:percentencode}): every step across agents and retries, with what other hosts said.
- [What ops knows of that Message-ID](\${ops}/messages?q=\${messageId:percentencode}), which also takes an address, or a trace id.
- Without a browser: \`postroad trace ID\`.

Traces are a sample (50 new ones a second for each process); the story is always complete, for as long as events are kept.`;

/** One span of a message, by the attribute that the agents set. */
const SPANS = '{ span.postroad.queue_id = "$queueId" }';
const FAILED = '{ resource.service.name =~ "postroad.*" && status = error }';

export const MESSAGE: Dashboard = {
  name: 'message',
  title: 'One message',
  description: 'What became of one message: its story at ops, its spans in Tempo.',
  traces: true,
  rows: [
    {
      title: 'By queue id or Message-ID',
      panels: [
        text('Its story', STORY, { width: 24 }),
        traces(
          'Its spans',
          'Accepted, routed, delivered, each attempt to relay: a later attempt is a trace of its own, linked to the first. Follow the trace id.',
          SPANS,
          { width: 24 },
        ),
      ],
    },
    {
      title: 'Others',
      panels: [traces('Spans that failed', 'The newest ones, of any message.', FAILED, { width: 24 })],
    },
  ],
};
