import type { EncoderConfig } from '../config.ts'
import { JobError, jobErrors } from '../job-errors.ts'
import { profileNames, resolveProfile } from '../plan/resolve-profile.ts'
import type { Profile } from '../plan/profile.ts'
import type { JobRow } from './ledger.ts'

/** The profile of a job as it is configured now. @throws JobError `options_invalid` where the options file names none; `profile_missing`: the configuration changed after the source was taken */
export function profileOf({ profile, source }: Pick<JobRow, 'profile' | 'source'>, { profiles }: Pick<EncoderConfig, 'profiles'>): Profile {
  if (profileNames(profiles).includes(profile) || source?.options.profile === profile) return resolveProfile(profile, profiles)
  throw new JobError(jobErrors.profileMissing, `There is no profile "${profile}" in encoder.toml any more`, `Put [profiles.${profile}] back and start the encoder again, or cancel the job.`)
}
