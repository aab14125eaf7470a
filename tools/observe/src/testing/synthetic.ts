import { TARGET_LABELS } from '../names.ts';

/** A value that a matcher of a selector lets through. */
function passing(operator: string, value: string): string {
  if (operator === '=') return value;
  if (operator === '!=' || operator === '!~') return `not ${value}`.replaceAll(/\W/g, '_');
  const [first = ''] = value.split('|');
  return first.replaceAll('[45]', '4').replaceAll('.*', 'x');
}

/**
 * Series that satisfy every selector of an expression, in two pods, each rising by 6 a minute: with them it must have a result.
 * Written for the expressions of this tool: strings hold no brace, and alternatives of patterns are words.
 */
export function seriesFor(expr: string): { series: string; values: string }[] {
  const found = new Map<string, { series: string; values: string }>();
  for (const [, name = '', selector = ''] of expr.matchAll(/([A-Za-z_:][\w:]*)\{([^}]*)\}/g))
    for (const pod of ['p1', 'p2']) {
      const labels: Record<string, string> = Object.fromEntries(TARGET_LABELS.map((label) => [label, 'x']));
      for (const [, label = '', operator = '', value = ''] of selector.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g))
        labels[label] = passing(operator, value);
      const text = Object.entries({ ...labels, pod, ...(name.endsWith('_bucket') && { le: '+Inf' }) })
        .map(([label, value]) => `${label}="${value}"`)
        .join(',');
      const series = `${name}{${text}}`;
      found.set(series, { series, values: '0+6x240' });
      // A quantile needs a bucket besides the last one.
      if (name.endsWith('_bucket'))
        found.set(`${series} 1`, { series: series.replace('+Inf', '1'), values: '0+3x240' });
    }
  return [...found.values()];
}
