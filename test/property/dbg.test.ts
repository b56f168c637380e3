import { live, scenarios } from '../support/kill-scenarios.ts';
test('x', async () => {
  const world = (scenarios[1] as any).world();
  await live(world, { at: 10, when: 'after' });
  console.log([...world.journal.objects.values()].join('\n'), world.ledger.rows.get(0).counters);
  await live(world);
  console.log([...world.journal.objects.entries()].map((x) => x.join('\n')).join('\n'), world.ledger.rows.get(0).counters);
});
