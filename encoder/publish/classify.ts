import { messageOf, systemCodeOf } from '../../shared/errors/problem.ts'
import { describeFailure } from '../../shared/http/failure.ts'
import { credentialsAdvice } from './credentials-advice.ts'
import { JobError, jobErrors, type JobErrorKind } from '../job-errors.ts'

/** What the classification needs to know of a request to an S3 server that failed. */
export interface FailedRequest {
  /** `http://127.0.0.1:9000/media` */
  readonly store: string
  /** `store a/b/c.m4s` */
  readonly doing: string
  /** Status of the answer, if one came. */
  readonly status: number | null
  /** Where its keys are read from. */
  readonly credentialsFile: string
  /** What stands in between, where something is configured to. */
  readonly proxy?: string | undefined
}

/** Stands for advice that names the file. */
const CHECK_CREDENTIALS = Symbol('credentials')
const CHECK_PERMISSION = 'Give this key s3:PutObject, s3:GetObject, s3:DeleteObject, s3:ListBucket, s3:ListBucketMultipartUploads and s3:AbortMultipartUpload on the bucket; it goes on by itself then.'

const BY_CODE: Readonly<Record<string, readonly [kind: JobErrorKind, what: string, advice: string | typeof CHECK_CREDENTIALS] | undefined>> = {
  InvalidAccessKeyId: [jobErrors.storeDenied, 'does not know the access key', CHECK_CREDENTIALS],
  SignatureDoesNotMatch: [jobErrors.storeDenied, 'refuses the secret key', CHECK_CREDENTIALS],
  ExpiredToken: [jobErrors.storeDenied, 'says that the session token has expired', CHECK_CREDENTIALS],
  InvalidToken: [jobErrors.storeDenied, 'refuses the session token', CHECK_CREDENTIALS],
  InvalidTokenId: [jobErrors.storeDenied, 'refuses the session token', CHECK_CREDENTIALS],
  AccessDenied: [jobErrors.storeDenied, 'refuses the permission', CHECK_PERMISSION],
  AllAccessDisabled: [jobErrors.storeDenied, 'refuses the permission', CHECK_PERMISSION],
  AccountProblem: [jobErrors.storeDenied, 'says that the account has a problem', 'Ask the operator of the store.'],
  NoSuchBucket: [jobErrors.bucketMissing, 'has no such bucket', 'Make the bucket, or name another as store.bucket; it goes on by itself then.'],
  InvalidBucketName: [jobErrors.storeMisconfigured, 'does not accept the name of the bucket', 'Name another bucket as store.bucket.'],
  RequestTimeTooSkewed: [jobErrors.clockSkew, 'refuses the clock of this host', 'Set the clock (timedatectl set-ntp true) here or on the store; it goes on by itself then.'],
  RequestExpired: [jobErrors.clockSkew, 'refuses the clock of this host', 'Set the clock (timedatectl set-ntp true) here or on the store; it goes on by itself then.'],
  AuthorizationHeaderMalformed: [jobErrors.storeMisconfigured, 'expects another region', 'Set store.region to the region of the bucket.'],
  PermanentRedirect: [jobErrors.storeMisconfigured, 'says that the bucket is elsewhere', 'Set store.endpoint and store.region to those of the bucket.'],
  MovedPermanently: [jobErrors.storeMisconfigured, 'says that the bucket is elsewhere', 'Set store.endpoint and store.region to those of the bucket.'],
  TemporaryRedirect: [jobErrors.storeMisconfigured, 'says that the bucket is elsewhere', 'Set store.endpoint and store.region to those of the bucket.'],
  XMinioStorageFull: [jobErrors.storeFailed, 'is full', 'Free space on the store; it goes on by itself then.'],
  XMinioAdminBucketQuotaExceeded: [jobErrors.storeFailed, 'has reached the quota of the bucket', 'Raise the quota or free space; it goes on by itself then.'],
  QuotaExceeded: [jobErrors.storeFailed, 'has reached its quota', 'Raise the quota or free space; it goes on by itself then.'],
}

const TLS = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH|INVALID_CA)/

/** A JobError of fault `environment` where somebody must change something, of fault `destination` where it may pass by itself. */
export function classifyS3(thrown: unknown, request: FailedRequest): JobError {
  if (thrown instanceof JobError) return thrown
  const { doing, status, credentialsFile, proxy } = request
  const store = proxy === undefined ? request.store : `${request.store} (through the proxy ${proxy})`
  const code = systemCodeOf(thrown) ?? ''
  const facts = { store: request.store, ...(status === null ? {} : { status }), ...(code === '' ? {} : { code }) }
  const known = BY_CODE[code]
  if (known !== undefined) {
    const [kind, what, advice] = known
    return new JobError(kind, `The store ${store} ${what}: it would not ${doing} (${code}).`, advice === CHECK_CREDENTIALS ? credentialsAdvice(credentialsFile) : advice, facts, thrown)
  }
  if (TLS.test(code)) {
    return new JobError(jobErrors.storeTls, `The store ${store} cannot be trusted: ${describeFailure(thrown)}.`, 'Set store.ca_file to the CA that its certificate comes from, or mend the certificate; it goes on by itself then.', facts, thrown)
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('HPE_')) {
    return new JobError(jobErrors.storeMisconfigured, `The store ${store} does not speak the protocol of its address: ${describeFailure(thrown)}.`, 'Check http or https, and the port, in store.endpoint.', facts, thrown)
  }
  if (status !== null) {
    return new JobError(jobErrors.storeFailed, `The store ${store} answered ${status}${code === '' ? '' : ` (${code})`} when asked to ${doing}.`, isForeign(status, code) ? 'No S3 server refuses like this: check http or https, and the port, in store.endpoint, and what stands in between. It is tried again by itself.' : 'It is tried again by itself; see the log of the store.', facts, thrown)
  }
  return new JobError(jobErrors.storeUnreachable, `The store ${store} does not answer: ${describeFailure(thrown)}.`, 'It is tried again by itself; check that the store runs and can be reached from here.', facts, thrown)
}

/** A refusal without a code of S3 comes from a proxy, from another web server, or from TLS that was spoken to in plain HTTP. */
function isForeign(status: number, code: string): boolean {
  return code === '' && (status === 501 || (status >= 400 && status < 500))
}

const SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What a failure of the file system of a store means. All of them wait for somebody who mends them. */
export function classifyFile(thrown: unknown, doing: string): JobError {
  if (thrown instanceof JobError) return thrown
  const code = systemCodeOf(thrown) ?? ''
  if (SPACE.has(code)) return new JobError(jobErrors.noSpace, `No space is left to ${doing} (${code}).`, 'Free space there; it goes on by itself then.', { code }, thrown)
  return new JobError(jobErrors.storageFailed, `It failed to ${doing}: ${messageOf(thrown)}.`, 'Check that the directory is there, is writable for the encoder, and that its disk is sound; it goes on by itself then.', { code }, thrown)
}
