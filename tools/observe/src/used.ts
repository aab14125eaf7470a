import { type Definition, METRICS } from '@postroad/telemetry';
import { EXPORTER } from './exporter.ts';
import { TARGET_LABELS } from './names.ts';
import { RECORDS } from './rules/records.ts';

/** A metric in a query, with the labels that its selector names. */
interface Use {
  readonly name: string;
  readonly labels: readonly string[];
}

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'on', 'without', 'ignoring', 'inf', 'nan']);
const labelsIn = (list: string) => [...list.matchAll(/[A-Za-z_]\w*/g)].map(([label]) => label);

/**
 * Metrics of a PromQL expression, and the labels it groups or matches by. Not a parser: promtool is one, and reads the same expressions.
 * Function names are followed by a parenthesis; strings hold no brace.
 */
export function usesOf(expr: string): { readonly metrics: readonly Use[]; readonly grouped: readonly string[] } {
  const grouped: string[] = [];
  const rest = expr
    .replaceAll(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g, (_, list: string) => {
      grouped.push(...labelsIn(list));
      return ' ';
    })
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\boffset\s+\w+/g, ' ');
  const metrics: Use[] = [];
  for (const [, name = '', after = ''] of rest.matchAll(/(?<![\w:.$<])([A-Za-z_:][\w:]*)\s*(\{[^}]*\}|\()?/g)) {
    if (WORDS.has(name) || after === '(') continue;
    metrics.push({
      name,
      labels: [...after.matchAll(/([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    });
  }
  return { metrics, grouped };
}

/** Labels that a series has, by its name; undefined: there is no such series. `node`: those of Node itself, without labels of their own. */
function labelsOf(name: string, node: ReadonlySet<string> = new Set()): readonly string[] | undefined {
  const definition = (Object.values(METRICS) as readonly Definition[]).find(
    (each) =>
      each.name === name || (each.type === 'histogram' && name.replace(/_(bucket|count|sum)$/, '') === each.name),
  );
  if (definition !== undefined) {
    const bare = definition.type === 'histogram' && definition.name === name;
    return bare ? undefined : [...definition.labels, ...(name.endsWith('_bucket') ? ['le'] : [])];
  }
  const record = RECORDS.find((each) => each.record === name);
  if (record !== undefined) return record.labels;
  if (name === 'up' || node.has(name)) return [];
  return (EXPORTER as Readonly<Record<string, readonly string[]>>)[name];
}

/** What an expression names that does not exist: metrics, labels. Empty: all is well. */
export function unknownIn(expr: string, node?: ReadonlySet<string>): string[] {
  const { metrics, grouped } = usesOf(expr);
  const target: readonly string[] = TARGET_LABELS;
  const known = new Set(metrics.flatMap(({ name }) => labelsOf(name, node) ?? []));
  return [
    ...metrics.flatMap(({ name, labels }) => {
      const own = labelsOf(name, node);
      if (own === undefined) return [`there is no metric ${name}`];
      return labels
        .filter((label) => !own.includes(label) && !target.includes(label))
        .map((label) => `${name} has no label ${label}`);
    }),
    ...grouped
      .filter((label) => !known.has(label) && !target.includes(label))
      .map((label) => `no metric here has the label ${label}: ${expr}`),
  ];
}
