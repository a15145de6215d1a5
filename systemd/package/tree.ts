import { chmod, copyFile, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** The tree of a package while it is laid out: every file and directory with the mode it is to have, whatever the umask. */
export class PackageTree {
  readonly root: string

  constructor(root: string) {
    this.root = root
  }

  async write(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    const target = await this.place(path)
    await writeFile(target, content)
    await chmod(target, mode)
  }

  async copy(from: string, path: string, mode = 0o644): Promise<void> {
    const target = await this.place(path)
    await copyFile(from, target)
    await chmod(target, mode)
  }

  /** Copies a directory's files that `wanted` lets through, by their path in it. */
  async copyAll(from: string, path: string, wanted: (file: string) => boolean): Promise<void> {
    for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name).slice(from.length + 1)
      if (entry.isFile() && wanted(file)) await this.copy(join(from, file), join(path, file))
    }
  }

  /** Compressed the same way each time: gzip's header would hold a time. */
  async gzip(path: string, content: string): Promise<void> {
    await this.write(path, gzipSync(content, { level: 9 }))
  }

  /** All files, relative, sorted. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1)).toSorted()
  }

  async read(path: string): Promise<Buffer> {
    return readFile(join(this.root, path))
  }

  /** Gives everything one time: a package tells when its source was committed, not when it was built. */
  async setTimes(seconds: number): Promise<void> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true })
    const paths = entries.map((entry) => join(entry.parentPath, entry.name))
    for (const entry of entries) if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755)
    await chmod(this.root, 0o755)
    for (const path of [...paths, this.root]) await utimes(path, seconds, seconds)
  }

  private async place(path: string): Promise<string> {
    const target = join(this.root, path)
    await mkdir(dirname(target), { recursive: true })
    return target
  }
}
