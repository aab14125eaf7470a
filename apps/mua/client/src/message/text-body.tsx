import { useMemo } from 'react';
import { linkPieces, quoteRuns } from './quote.ts';

export function TextBody({ text }: { text: string }) {
  const runs = useMemo(() => quoteRuns(text.trimEnd()), [text]);
  return (
    <div className="text-body">
      {runs.map((run, i) => (
        <div key={i} className="text-run" data-depth={run.depth}>
          {linkPieces(run.text).map((piece, j) =>
            piece.href === undefined ? (
              piece.text
            ) : (
              <a key={j} href={piece.href} target="_blank" rel="noopener noreferrer">
                {piece.text}
              </a>
            ),
          )}
        </div>
      ))}
    </div>
  );
}
