import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

type Need = 'shared' | 'chromium' | 'slurm' | 'redis' | 'mount'

const find: Readonly<Record<Need, () => string | undefined>> = {
  shared: () => existing(fileURLToPath(new URL('../../shared', import.meta.url))),
  chromium: () => process.env.CHROMIUM ?? onPath('chromium'),
  slurm: () => onPath('sbatch'),
  redis: () => onPath('redis-server'),
  // A command that runs another one where it may mount disks that nobody else sees.
  mount: () => ['unshare -m', 'unshare -rm'].find((command) => spawnSync('sh', ['-c', `${command} mount -t tmpfs none /mnt`]).status === 0),
}

/**
 * Path of something a test needs and a machine may lack; undefined: the test skips. What FLEETFRONT_REQUIRE lists
 * (comma-separated) must be there: its absence is then a failure, so that CI cannot pass by skipping.
 */
export function needs(need: Need): string | undefined {
  const found = find[need]()
  const required = (process.env.FLEETFRONT_REQUIRE ?? '').split(',').includes(need)
  if (found === undefined && required) throw new Error(`FLEETFRONT_REQUIRE lists ${need}, which this machine lacks`)
  return found
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined
}

function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}
