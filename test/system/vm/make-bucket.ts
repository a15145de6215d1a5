import { Client } from 'minio'

// Run in the network of a machine: node make-bucket.ts PORT ACCESS_KEY SECRET_KEY BUCKET. Makes a bucket that anybody may read.
const [port, accessKey = '', secretKey = '', bucket = ''] = process.argv.slice(2)
const client = new Client({ endPoint: '127.0.0.1', port: Number(port), useSSL: false, accessKey, secretKey, region: 'us-east-1' })
await client.makeBucket(bucket)
const statement = { Effect: 'Allow', Principal: { AWS: ['*'] }, Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${bucket}/*`] }
await client.setBucketPolicy(bucket, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }))
