import { useState } from 'react';
import type { ComposeFields } from './use-composing.ts';

interface Props {
  readonly fields: ComposeFields;
  readonly change: (change: Partial<ComposeFields>) => void;
}

export function Fields({ fields, change }: Props) {
  const [more, setMore] = useState(fields.cc !== '' || fields.bcc !== '');
  const address = (name: 'to' | 'cc' | 'bcc', label: string) => (
    <label className="compose-field">
      <span>{label}</span>
      <input
        name={name}
        value={fields[name]}
        autoComplete="off"
        spellCheck={false}
        inputMode="email"
        maxLength={100_000}
        onChange={(event) => change({ [name]: event.target.value })}
      />
    </label>
  );
  return (
    <div className="compose-fields">
      <div className="compose-line">
        {address('to', 'To')}
        {!more && (
          <button className="link-button" type="button" onClick={() => setMore(true)}>
            Cc, Bcc
          </button>
        )}
      </div>
      {more && address('cc', 'Cc')}
      {more && address('bcc', 'Bcc')}
      <label className="compose-field">
        <span>Subject</span>
        <input
          name="subject"
          value={fields.subject}
          autoComplete="off"
          maxLength={1_000}
          onChange={(event) => change({ subject: event.target.value })}
        />
      </label>
    </div>
  );
}
