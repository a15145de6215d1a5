import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Read } from './store-reader.ts'
import type { TestMinio } from './minio.ts'

/** Reads keys of the bucket as any reader would, whatever the credentials are by now. */
export function minioReader(minio: TestMinio): Read {
  return async (key) => {
    try {
      return Buffer.concat(await (await minio.client().getObject(minio.bucket, key)).toArray())
    } catch (error) {
      if ((error as { code?: string }).code === 'NoSuchKey') return null
      throw error
    }
  }
}

/** Copies all that lies below an asset’s name into a folder, for what looks at files. */
export async function downloadAsset(minio: TestMinio, asset: string, folder: string): Promise<void> {
  const read = minioReader(minio)
  for await (const item of minio.client().listObjectsV2(minio.bucket, `${asset}/`, true)) {
    const { name } = item as { readonly name: string }
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), (await read(name)) ?? '')
  }
}
