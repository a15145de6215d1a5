import { probeFence } from '../../encode/fence/fence.ts'
import { ok, warn, type Finding } from '../../../shared/doctor/finding.ts'
import type { Check } from '../host.ts'

const CHECK = 'fence around ffmpeg'

/** What this kernel can hold an ffmpeg to that a source has taken over. Encoding works without, too. */
export const checkFence: Check = async () => {
  const fence = await probeFence()
  if (fence === null) return [warn(CHECK, 'perl is missing: ffmpeg runs with the rights of the encoder', 'apt-get install perl-base')]
  const findings: Finding[] = []
  if (!fence.files) findings.push(warn(CHECK, 'this kernel has no Landlock: ffmpeg can read what the encoder can, other jobs too', 'use a kernel from 5.13 on, with landlock among its security modules (lsm= on its command line)'))
  if (!fence.network) findings.push(warn(CHECK, 'this kernel has no filters of system calls: ffmpeg can use the network', 'use a kernel with CONFIG_SECCOMP_FILTER'))
  return findings.length === 0 ? [ok(CHECK, 'it sees the files of its job, and no network')] : findings
}
