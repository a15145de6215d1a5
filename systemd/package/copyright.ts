import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LockedPackage } from './npm-closure.ts'

/** The licences of Greenroom and of all that is inside the package, each in its own words. */
export async function copyright(root: string, packages: readonly LockedPackage[], runtime: string): Promise<string> {
  const texts = [
    `Greenroom\n=========\n\n${await readFile(join(root, 'LICENSE'), 'utf8')}`,
    `Node.js (usr/lib/…/bin/node), and what it is made of\n====================================================\n\n${await readFile(join(runtime, 'LICENSE'), 'utf8')}`,
  ]
  for (const { name, version, license, path } of packages) {
    texts.push(`${name} ${version} (${license})\n${'-'.repeat(`${name} ${version} (${license})`.length)}\n\n${await licenceOf(join(root, path), license)}`)
  }
  return texts.map((text) => `${text.trim()}\n`).join('\n\n')
}

async function licenceOf(directory: string, license: string): Promise<string> {
  // Debian has this one's text on every host.
  if (license === 'Apache-2.0') return 'Licensed under the Apache License, Version 2.0: /usr/share/common-licenses/Apache-2.0'
  const files = existsSync(directory) ? await readdir(directory) : []
  const file = files.toSorted().find((name) => /^(licen[cs]e|copying)/i.test(name))
  return file === undefined ? `Its package names the licence ${license} and brings no text of it.` : readFile(join(directory, file), 'utf8')
}
