import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { Ports } from './ports.ts';
import { Service } from './service.ts';

/** Says its name, then echoes. */
async function instance(name: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.write(name);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function open(port: number) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  const [name] = (await once(socket, 'data')) as [string];
  return { socket, name };
}

test('connections go to the ready instances in turn, and stay when theirs is taken out', async () => {
  const [a, b] = [await instance('a'), await instance('b')];
  const service = await Service.listen(await new Ports(23_900).take());
  service.add(portOf(a));
  service.add(portOf(b));
  const [first, second] = [await open(service.port), await open(service.port)];
  assert.deepEqual([first.name, second.name].sort(), ['a', 'b']);
  service.remove(portOf(a));
  const third = await open(service.port);
  assert.equal(third.name, 'b');
  const old = first.name === 'a' ? first : second;
  old.socket.write('still here');
  assert.deepEqual(await once(old.socket, 'data'), ['still here']);
  await service.close();
  for (const server of [a, b]) server.close();
});

test('an instance that refuses is passed over; without any the connection ends', async () => {
  const gone = await instance('gone');
  const refusing = portOf(gone);
  gone.close();
  await once(gone, 'close');
  const b = await instance('b');
  const service = await Service.listen(await new Ports(23_950).take());
  service.add(refusing);
  service.add(portOf(b));
  const names = [(await open(service.port)).name, (await open(service.port)).name];
  assert.deepEqual(names, ['b', 'b']);
  service.remove(portOf(b));
  const socket = connect(service.port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'close');
  await service.close();
  b.close();
});

test('ports in use are left out', async () => {
  const server = createServer().listen(await new Ports(23_990).take(), '127.0.0.1');
  await once(server, 'listening');
  const ports = new Ports(portOf(server));
  assert.notEqual(await ports.take(), portOf(server));
  assert.notEqual(await ports.take(), await ports.take());
  server.close();
});
