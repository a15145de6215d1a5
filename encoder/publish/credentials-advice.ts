import { basename } from 'node:path'

/** What to do about credentials that are not right. systemd hands over a copy of a file of root's, made at each start. */
export function credentialsAdvice(file: string): string {
  const unit = /^\/run\/credentials\/([^/]+)\//.exec(file)?.[1]
  if (unit === undefined) return `Put the right access_key and secret_key into ${file}, readable by the encoder alone; it is read again when it changes.`
  return `Put the right access_key and secret_key into the file that LoadCredential= of ${unit} names (/etc/greenroom/${basename(file)}, mode 0600), then: systemctl restart ${unit}. An encoder that systemd does not run needs another store.credentials_file.`
}
