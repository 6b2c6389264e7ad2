import { describe, expect, test } from '@jest/globals';
import { crashedFiles } from '../test-runner/crashed-files.ts';
import { failuresOf } from '../test-runner/failures.ts';

const passed = { fullName: 'it works', status: 'passed', failureMessages: [] };
const file = (name: string, message: string, ...assertionResults: (typeof passed)[]) => ({
  ...{ name: `/berth/${name}`, message, assertionResults },
});

describe('What failed, at the end of a run', () => {
  test('names file and test, with the head of the message, without colours and packages', () => {
    const lines = [
      '\u001b[31mexpected 1\u001b[39m',
      '',
      ' at /berth/node_modules/x.js',
      ...Array(20).fill('more'),
    ];
    const failed = {
      fullName: 'sums › adds',
      status: 'failed',
      failureMessages: [lines.join('\n')] as never[],
    };
    const [told = '', ...others] = failuresOf('/berth', [file('a.test.ts', 'all of it', passed, failed)]);
    expect(others).toEqual([]);
    expect(told.split('\n').slice(0, 3)).toEqual(['a.test.ts › sums › adds', '    expected 1', '    more']);
    expect(told.split('\n')).toHaveLength(11);
  });

  test('is the file where that could not be run, and nothing where all passed', () => {
    const broken = file('b.test.ts', 'Cannot find module');
    expect(failuresOf('/berth', [broken, file('c.test.ts', '', passed)])).toEqual([
      'b.test.ts\n    Cannot find module',
    ]);
  });
});

test.each(['SIGSEGV', 'SIGTRAP'])('A file whose process died of %s is known as crashed', (signal) => {
  const message = `A jest worker process (pid=7) was terminated by another process: signal=${signal}, exitCode=null.`;
  expect(crashedFiles([file('a.test.ts', message), file('b.test.ts', 'signal=SIGKILL')])).toEqual([
    '/berth/a.test.ts',
  ]);
});
