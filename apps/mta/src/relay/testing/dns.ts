import { createSocket, type Socket } from 'node:dgram';

/** What a name answers: MX as [preference, exchange], A, AAAA; `servfail` and `nxdomain` for the whole name. */
export interface Zone {
  readonly [name: string]:
    | 'servfail'
    | 'nxdomain'
    | {
        readonly mx?: readonly (readonly [number, string])[];
        readonly a?: readonly string[];
        readonly aaaa?: readonly string[];
      };
}

const TYPES = { 1: 'a', 28: 'aaaa', 15: 'mx' } as const;

const nameOctets = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .filter(Boolean)
      .map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0),
  ]);

const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255);

function v6(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const words = (part: string) => part.split(':').filter(Boolean);
  const zeros = Array<string>(8 - words(head).length - words(tail).length).fill('0');
  return Buffer.concat([...words(head), ...zeros, ...words(tail)].map((word) => u16(Number.parseInt(word, 16))));
}

/** A name server (RFC 1035) on loopback that knows one zone by heart. Names not in it do not exist. */
export class NameServer {
  readonly asked: string[] = [];
  readonly #socket: Socket;
  readonly #zone: Zone;

  private constructor(zone: Zone, socket: Socket) {
    this.#zone = zone;
    this.#socket = socket;
    socket.on('message', (query, from) => socket.send(this.#answer(query), from.port, from.address));
  }

  static async start(zone: Zone): Promise<NameServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((ready) => socket.bind(0, '127.0.0.1', ready));
    return new NameServer(zone, socket);
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  stop(): void {
    this.#socket.close();
  }

  #answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = TYPES[query.readUInt16BE(at + 1) as keyof typeof TYPES];
    const name = labels.join('.').toLowerCase();
    this.asked.push(`${name} ${type}`);
    const known = this.#zone[name] ?? 'nxdomain';
    const data = typeof known === 'string' ? [] : this.#records(known, type);
    const answers = data.map((rdata) =>
      Buffer.concat([
        Buffer.of(0xc0, 12),
        query.subarray(at + 1, at + 5),
        Buffer.of(0, 0, 0, 60),
        u16(rdata.length),
        rdata,
      ]),
    );
    const code = known === 'servfail' ? 2 : known === 'nxdomain' ? 3 : 0;
    const header = Buffer.concat([
      query.subarray(0, 2),
      Buffer.of(0x81, 0x80 | code),
      u16(1),
      u16(answers.length),
      u16(0),
      u16(0),
    ]);
    return Buffer.concat([header, query.subarray(12, at + 5), ...answers]);
  }

  #records(known: Exclude<Zone[string], string>, type: 'a' | 'aaaa' | 'mx' | undefined): Buffer[] {
    if (type === 'a') return (known.a ?? []).map((address) => Buffer.from(address.split('.').map(Number)));
    if (type === 'aaaa') return (known.aaaa ?? []).map(v6);
    if (type === 'mx')
      return (known.mx ?? []).map(([preference, exchange]) => Buffer.concat([u16(preference), nameOctets(exchange)]));
    return [];
  }
}
