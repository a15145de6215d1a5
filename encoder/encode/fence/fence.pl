#!/usr/bin/perl
# Runs a program that reads what strangers made, so that taking it over gains little: no network, no file but those
# named here, no signal to another process.
#
#   fence.pl [--read PATH]… [--write PATH]… -- PROGRAM [ARGUMENT]…
#   fence.pl --probe          prints what this kernel can do of it: a line each, `files` (Landlock) and `network` (seccomp)
#
# Perl, because Debian's perl-base is on every host and can make system calls that Node cannot. Neither needs a
# privilege or a namespace. What the kernel cannot do is left out: who runs it has asked with --probe.
use strict;
use warnings;
use Fcntl;
use POSIX ();

use constant {
    PR_SET_NO_NEW_PRIVS => 38,
    LANDLOCK_CREATE     => 444,
    LANDLOCK_ADD        => 445,
    LANDLOCK_RESTRICT   => 446,
    O_PATH              => 0x200000,
};

# Access rights of linux/landlock.h.
use constant {
    EXECUTE    => 1 << 0,
    WRITE_FILE => 1 << 1,
    READ_FILE  => 1 << 2,
    READ_DIR   => 1 << 3,
    TRUNCATE   => 1 << 14,
    IOCTL_DEV  => 1 << 15,
};

# Numbers of system calls by machine; those from 424 on are the same on all.
my %NUMBERS = (
    x86_64 => {
        audit   => 0xC000003E,
        prctl   => 157, seccomp => 317, kill => 62, tkill => 200, tgkill => 234,
        denied  => [ 41, 53, 101, 310, 311, 425, 424, 434, 438 ],
    },
    aarch64 => {
        audit   => 0xC00000B7,
        prctl   => 167, seccomp => 277, kill => 129, tkill => 130, tgkill => 131,
        denied  => [ 198, 199, 117, 270, 271, 425, 424, 434, 438 ],
    },
);
# denied: socket, socketpair, ptrace, process_vm_readv, process_vm_writev, io_uring_setup (which can make sockets),
# pidfd_send_signal, pidfd_open, pidfd_getfd
my $machine = $NUMBERS{ ( POSIX::uname() )[4] };

# What any program needs to start: libraries, and what tells how many processors there are.
my @SYSTEM = qw(/usr /bin /lib /lib64 /etc/ld.so.cache /etc/ld.so.preload /etc/localtime /dev/urandom /dev/random
  /proc/cpuinfo /proc/meminfo /proc/stat /sys/devices/system /sys/fs/cgroup);
my @DEVICES = qw(/dev/null /dev/zero);

sub abi {
    my $version = syscall( LANDLOCK_CREATE, 0, 0, 1 );
    return $version < 0 ? 0 : $version;
}

sub fail { die 'fence: ' . join( '', @_ ) . ": $!\n" }

sub allow {
    my ( $ruleset, $path, $rights ) = @_;
    # O_PATH: a source that may not be read is told by the program itself.
    sysopen( my $handle, $path, O_PATH ) or return 0;
    $rights &= EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV unless -d $path;
    my $rule = pack( 'Q l', $rights, fileno $handle );
    syscall( LANDLOCK_ADD, $ruleset, 1, $rule, 0 ) == 0 or fail "$path cannot be allowed";
    return 1;
}

sub fence_files {
    my ( $abi, $program, $read, $write ) = @_;
    my $all = ( 1 << ( $abi >= 5 ? 16 : $abi >= 3 ? 15 : $abi >= 2 ? 14 : 13 ) ) - 1;
    # From version 4 on it also knows TCP, from 6 on signals and abstract sockets outside.
    my $attributes = pack 'Q3', $all, 3, 3;
    my $size = $abi >= 6 ? 24 : $abi >= 4 ? 16 : 8;
    my $ruleset = syscall LANDLOCK_CREATE, $attributes, $size, 0;
    fail 'no set of rules' if $ruleset < 0;
    allow( $ruleset, $_, EXECUTE | READ_FILE | READ_DIR ) for @SYSTEM, $program;
    allow( $ruleset, $_, READ_FILE | WRITE_FILE ) for @DEVICES;
    allow( $ruleset, $_, READ_FILE | READ_DIR ) or fail $_ for @$read;
    allow( $ruleset, $_, $all & ~( EXECUTE | IOCTL_DEV ) ) or fail $_ for @$write;
    syscall( LANDLOCK_RESTRICT, $ruleset, 0 ) == 0 or fail 'the files cannot be fenced';
}

sub op { return pack 'S C C L', @_ }

sub fence_calls {
    my ( $probe ) = @_;
    my ( $load, $equal, $at_least, $return ) = ( 0x20, 0x15, 0x35, 0x06 );
    my $refuse = op( $return, 0, 0, 0x00050000 | 1 );    # EPERM
    my $pass   = op( $return, 0, 0, 0x7fff0000 );
    my $code   = op( $load, 0, 0, 4 ) . op( $equal, 1, 0, $machine->{audit} ) . op( $return, 0, 0, 0x80000000 );
    # The x32 calls of amd64 have numbers of their own.
    $code .= op( $load, 0, 0, 0 ) . op( $at_least, 0, 1, 0x40000000 ) . $refuse;
    $code .= op( $equal, 0, 1, $_ ) . $refuse for @{ $machine->{denied} }, $machine->{tkill};
    # It may signal itself: abort() does. Its pid stays what it is now.
    for my $call ( $machine->{kill}, $machine->{tgkill} ) {
        $code .= op( $equal, 0, 4, $call ) . op( $load, 0, 0, 16 ) . op( $equal, 1, 0, $$ ) . $refuse . $pass;
    }
    $code .= $pass;
    my $program = pack 'S x6 P', length($code) / 8, $code;
    return syscall( $machine->{seccomp}, 1, 0, $probe ? 0 : $program ) == 0;
}

if ( @ARGV == 1 && $ARGV[0] eq '--probe' ) {
    print "files\n" if abi() > 0;
    # A kernel that has it refuses the null pointer (EFAULT) and no more.
    print "network\n" if defined $machine && !fence_calls(1) && $! == POSIX::EFAULT();
    exit 0;
}

my ( @read, @write );
while ( @ARGV && ( my $word = shift @ARGV ) ne '--' ) {
    my $list = { '--read' => \@read, '--write' => \@write }->{$word};
    die "fence: what is $word?\n" unless defined $list && @ARGV;
    push @$list, shift @ARGV;
}
my $program = $ARGV[0];
die "fence: no program\n" unless defined $program;

# When memory runs out, this is what the kernel is to end. Raising it needs no privilege.
if ( open my $oom, '>', '/proc/self/oom_score_adj' ) { print $oom "500\n"; close $oom }
if ( defined $machine ) {
    syscall( $machine->{prctl}, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0 ) == 0 or fail 'privileges cannot be given up';
    my $abi = abi();
    fence_files( $abi, $program, \@read, \@write ) if $abi > 0;
    fence_calls(0) or $! == POSIX::EINVAL() || $! == POSIX::ENOSYS() or fail 'system calls cannot be fenced';
}
exec { $program } @ARGV or fail $program;
