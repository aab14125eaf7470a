import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helmLint, render } from './helm.ts';
import { KUBE_VERSIONS, MATRIX } from './matrix.ts';
import { lifeProblems } from './rules/life.ts';
import { monitoringProblems } from './rules/monitoring.ts';
import { networkProblems } from './rules/network.ts';
import { securityProblems } from './rules/security.ts';
import { selectorProblems } from './rules/selectors.ts';
import { definitions, settingProblems } from './rules/settings.ts';
import { stateProblems } from './rules/state.ts';
import { StrictSchemas } from './strict.ts';

const apps = await definitions();
const schemas = new StrictSchemas();

for (const [name, values] of Object.entries(MATRIX)) {
  test(`${name}: helm lint has nothing to say`, async () => {
    const { code, stdout, stderr } = await helmLint(values);
    assert.equal(code, 0, stdout + stderr);
  });

  for (const kubeVersion of KUBE_VERSIONS)
    test(`${name}, Kubernetes ${kubeVersion}: Kubernetes knows every field, and the rules are kept`, async () => {
      const objects = await render(values, kubeVersion);
      assert.ok(objects.length > 40, `${objects.length} objects`);
      const names = objects.map((object) => `${object.kind} ${object.metadata.name}`);
      assert.deepEqual(names, [...new Set(names)], 'two objects of one kind have the same name');
      assert.deepEqual(
        objects.flatMap((object) => schemas.problems(object)),
        [],
      );
      assert.deepEqual(securityProblems(objects), []);
      assert.deepEqual(lifeProblems(objects, kubeVersion !== '1.28.0'), []);
      assert.deepEqual(selectorProblems(objects), []);
      assert.deepEqual(stateProblems(objects), []);
      assert.deepEqual(settingProblems(objects, apps), []);
      assert.deepEqual(networkProblems(objects), []);
      assert.deepEqual(monitoringProblems(objects), []);
    });
}
