import type { DeliveryItem, DeliveryResult } from '../types.ts';
import { Retry } from './client.ts';
import { packDelivery } from './pack.ts';
import { CONTENT_MISSING } from './protocol.ts';
import type { StoreParts } from './parts.ts';

/** Files a batch; content taken for known that was collected meanwhile is sent again with its octets. */
export async function deliver(parts: StoreParts, batch: readonly DeliveryItem[]): Promise<DeliveryResult[]> {
  const { writer, reader, files, inlineLimit, indexing } = parts;
  const attempt = async (knows: (sha256: string) => Promise<boolean>): Promise<DeliveryResult[]> => {
    const request = await packDelivery(batch, { files, inlineLimit, knows });
    return writer.call('deliver', request, [request.buffer]);
  };
  try {
    return await attempt((sha256) => reader.call('knows', sha256));
  } catch (error) {
    if (!(error instanceof Retry && error.code === CONTENT_MISSING)) throw error;
    return await attempt(() => Promise.resolve(false));
  } finally {
    indexing.poke();
  }
}
