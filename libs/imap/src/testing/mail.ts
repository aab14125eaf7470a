import { MemoryBackend } from './memory-backend.ts';

/** A small message of RFC 5322. */
export function mail(subject: string, fields = ''): Buffer {
  const head = `From: Ann <ann@x.test>\r\nTo: bob@x.test\r\nSubject: ${subject}\r\n`;
  const date = /^date:/im.test(fields) ? '' : 'Date: Mon, 1 Jan 2024 23:30:00 -0500\r\n';
  return Buffer.from(`${head}${date}${fields}\r\nbody of ${subject}\r\n`);
}

/** A backend with messages in INBOX, their subjects as given. */
export function withMessages(...subjects: readonly string[]): MemoryBackend {
  const backend = new MemoryBackend();
  subjects.forEach((subject, i) => backend.deliver('INBOX', mail(subject), [], Date.UTC(2024, 0, i + 1)));
  return backend;
}
