import { check, type Outcome } from './checks.ts';
import { containerRunner } from './container.ts';
import type { RunSpec } from './running.ts';
import type { Engine } from './engine.ts';
import type { BuiltImage } from './image.ts';

const LIST = `console.log(JSON.stringify(require('fs').readdirSync('/postroad', { recursive: true })))`;
const SBOM = `process.stdout.write(require('fs').readFileSync('/postroad/sbom.json'))`;
const FORBIDDEN = /\.test\.tsx?$|(^|\/)(goldens|testing|corpus|\.git|\.cache|client)(\/|$)|^tools\//;
const DEVELOPMENT = ['nx', 'typescript', 'eslint', 'vite', 'knip', 'playwright-core', '@postroad/testkit'];

interface Sbom {
  readonly spdxVersion: string;
  readonly packages: readonly { readonly name: string; readonly versionInfo: string }[];
}

/** What the image is, before anything runs in it for long. */
export async function imageChecks(engine: Engine, image: BuiltImage): Promise<Outcome[]> {
  const look: RunSpec = { name: 'look', image: image.name, args: [], env: {}, volumes: [] };
  const evaluate = (code: string) =>
    containerRunner(engine).once({ ...look, entrypoint: 'node', args: ['-e', code] }, '');
  return [
    await check('image: user, entry point and labels', async () => {
      const { user, entrypoint, labels } = image;
      if (user !== '10001:10001') throw new Error(`the user is "${user}"`);
      if (entrypoint.join(' ') !== 'node /postroad/deploy/docker/postroad.mjs') throw new Error(entrypoint.join(' '));
      const absent = ['title', 'version', 'revision'].filter((name) => !labels[`org.opencontainers.image.${name}`]);
      if (absent.length > 0) throw new Error(`no label ${absent.join(', ')}`);
      return containerRunner(engine).once({ ...look, args: ['--version'] }, '');
    }),
    await check('image: neither tests nor what only development needs', async () => {
      const paths = JSON.parse(await evaluate(LIST)) as string[];
      const ours = paths.filter((path) => !path.startsWith('node_modules/') && !path.includes('/node_modules/'));
      const wrong = ours.filter((path) => FORBIDDEN.test(path));
      const installed = DEVELOPMENT.filter((name) => paths.includes(`node_modules/${name}`));
      if (wrong.length + installed.length > 0) throw new Error([...wrong.slice(0, 10), ...installed].join(', '));
      return `${paths.length} files and folders, ${ours.length} of ours`;
    }),
    await check('image: the SBOM names what is installed', async () => {
      const { spdxVersion, packages } = JSON.parse(await evaluate(SBOM)) as Sbom;
      const names = new Set(packages.map(({ name }) => name));
      const absent = ['@nats-io/nats-core', '@postroad/mda', 'fastify', 'pg', 'zod'].filter((name) => !names.has(name));
      if (absent.length > 0) throw new Error(`${absent.join(', ')} not named`);
      return `${spdxVersion}, ${packages.length} packages`;
    }),
  ];
}
