import { describe, expect, it } from 'vitest';
import { softnetArguments } from './softnet.ts';

const mac = '7a:65:e4:3f:b2:03';
const always = ['--vm-fd', '0', '--vm-mac-address', mac];

describe('Softnet’s options', () => {
  it('name the descriptor of the frames and the guest’s address', () => {
    expect(softnetArguments(mac, {})).toEqual(always);
  });

  it('say what goes through', () => {
    const choice = {
      hostOnly: true,
      allow: ['10.0.0.0/8', '192.168.1.0/24'],
      block: ['10.9.0.0/16'],
      expose: [
        { external: 2222, internal: 22 },
        { external: 8080, internal: 80 },
      ],
      controlDescriptor: 7,
    };
    expect(softnetArguments(mac, choice)).toEqual([
      ...always,
      ...['--vm-net-type', 'host'],
      ...['--allow', '10.0.0.0/8,192.168.1.0/24'],
      ...['--block', '10.9.0.0/16'],
      ...['--expose', '2222:22,8080:80'],
      ...['--control-fd', '1'],
    ]);
  });
});
