// A step of the image's build (Dockerfile): `npm sbom` (SPDX) on stdin, the same list on stdout without what differs from build to build (the
// time and a random name), so that equal inputs make equal layers. Fails when a package is installed that the list does not name.
// Usage: npm sbom … | node sbom.mjs
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

const sbom = JSON.parse(await text(process.stdin));
sbom.packages.sort((a, b) => (a.SPDXID < b.SPDXID ? -1 : 1));
// The build's own time is the image's: here it would only make equal contents differ.
sbom.creationInfo.created = new Date(Number(process.env.SOURCE_DATE_EPOCH ?? 0) * 1_000).toISOString();
sbom.documentNamespace = '';
const hash = createHash('sha256').update(JSON.stringify(sbom)).digest('hex');
sbom.documentNamespace = `urn:postroad:sbom:sha256:${hash}`;

const { packages } = JSON.parse(await readFile('node_modules/.package-lock.json', 'utf8'));
const named = new Set(sbom.packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`));
const absent = Object.entries(packages)
  .filter(([, { link }]) => link !== true)
  .map(([path, { name, version }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`)
  .filter((each) => !named.has(each));
if (absent.length > 0) throw new Error(`npm sbom does not name what is installed: ${absent.join(', ')}`);
process.stdout.write(`${JSON.stringify(sbom, null, 1)}\n`);
