# SPDX-License-Identifier: MIT
# lib.pl - what the hooks of this image share; Perl, for a hook may be in any language.
use strict;
use warnings;
use Cwd qw(abs_path);
use Errno;
use Fcntl qw(O_WRONLY O_CREAT O_EXCL);
use File::Basename qw(basename dirname);
use IO::Socket::IP;
use POSIX qw(setsid _exit WNOHANG);
use Socket qw(AI_NUMERICHOST);
use Time::HiRes qw(sleep time);

our $hook = basename($0);
chdir dirname($0) . '/..' or die "$hook: cannot enter the service: $!\n";
our $dir = abs_path('.');
umask 022;
$SIG{PIPE} = 'IGNORE';

sub say_ { print STDERR "$hook: @_\n" }
sub fail { say_(@_); exit 1 }

# cfg(FILE, WORD...) - what enstratusCfg says, without its last newline; its failure is the hook's.
sub cfg {
	my ($file, @words) = @_;
	no warnings 'exec';
	open my $answer, '-|', 'enstratusCfg', '--config', $file, @words
		or fail('enstratusCfg(1) is not in the PATH');
	local $/;
	my $text = <$answer> // '';
	close $answer or exit($? >> 8 || 1);
	$text =~ s|\n\z||;
	return $text;
}

sub slurp {
	my ($path) = @_;
	open my $file, '<', $path or return;
	local $/;
	return scalar <$file>;
}

# put(FILE, TEXT, MODE, UID, GID) - in one step; of a file that is the same only owner and mode are set.
sub put {
	my ($path, $text, $mode, $uid, $gid) = @_;
	my $old = slurp($path);
	my $new = defined $old && $old eq $text ? $path : "$path.new";
	if ($new ne $path) {
		unlink $new;
		sysopen my $file, $new, O_WRONLY | O_CREAT | O_EXCL, 0600 or fail("cannot write '$new': $!");
		(print $file $text and close $file) or fail("cannot write '$new': $!");
	}
	if ($> == 0) { chown $uid, $gid, $new or fail("cannot give '$new' away: $!") }
	chmod $mode, $new;
	return if $new eq $path;
	rename $new, $path or fail("cannot replace '$path': $!");
}

# owner(USER) - who is to run the server: uid and gid, by runAsUser or the owner of the service.
# Where the account enstratus exists it runs the other hooks, and so the server.
sub owner {
	my ($user) = @_;
	return ($>, $) + 0) if $> != 0;
	if (my @agent = getpwnam 'enstratus') {
		say_("runAsUser: not followed, hooks are run by 'enstratus'") unless $user eq '' || $user eq 'enstratus';
		return @agent[2, 3];
	}
	my @account = $user ne '' ? getpwnam $user : getpwuid((stat '.')[4]);
	@account or fail($user ne '' ? "runAsUser: no account '$user'" : 'the owner of the service has no account');
	return @account[2, 3];
}

# become(UID, GID) - for good.
sub become {
	my ($uid, $gid) = @_;
	return if $> != 0;
	($(, $)) = ($gid, "$gid $gid");
	($<, $>) = ($uid, $uid);
	_exit(126) unless $< == $uid && $> == $uid && $) =~ /^$gid\b/;
}

# settle(UID, GID) - what the server writes to is its account's.
sub settle {
	my ($uid, $gid) = @_;
	if ($> == 0) { system('chown', '-R', "$uid:$gid", qw(data log run)) == 0 or fail('cannot give data/ away') }
	chmod 0750, qw(data log run);
}

# ---- processes

# ours(PID) - is it a process of this service's server?  After a boot the pid in a file may be another
# service's: the working directory tells them apart.  A zombie has none.
sub ours {
	my ($pid) = @_;
	return 0 if (slurp("/proc/$pid/comm") // '') !~ /^redis-/;
	return index((readlink "/proc/$pid/cwd" // '') . '/', "$dir/") == 0;
}

# pids() - of every process of it: one that saves outlives a server that was killed.
sub pids {
	return grep { ours($_) } map { m|(\d+)$| } glob '/proc/[0-9]*';
}

# server() - the pid of the running server; 0 when there is none.
sub server {
	my ($pid) = (slurp('run/redis.pid') // '') =~ /^(\d+)/ or return 0;
	return ours($pid) ? $pid : 0;
}

# within(SECONDS, SUB) - until it is true; what it is at the end.
sub within {
	my ($seconds, $test) = @_;
	my $end = time + $seconds;
	until ($test->()) {
		return 0 if time > $end;
		sleep 0.05;
	}
	return 1;
}

# stop() - end it, its data saved; at last KILL.
sub stop {
	for my $step (['TERM', 60], ['KILL', 5]) {
		my @found = pids() or last;
		my $server = server();
		kill $step->[0], $server && $step->[0] ne 'KILL' ? $server : @found;
		last if within($step->[1], sub { !pids() });
	}
	my @left = pids();
	fail("the server cannot be ended: pid @left") if @left;
	unlink 'run/redis.pid';
}

# ---- the server

# mark() - which configuration is in place: when it was made and for whom, for what it says has a password.
sub mark {
	return join ' ', map { (stat $_)[1, 4, 9] } qw(cfg/redis.conf cfg/.password.conf);
}

# settings() - port, address and password of the configuration that is in place.
sub settings {
	my ($text, $secret) = (slurp('cfg/redis.conf'), slurp('cfg/.password.conf'));
	return unless defined $text && defined $secret;
	my %s = map { /^(port|bind) (\S+)/ ? ($1, $2) : () } split /\n/, $text;
	($s{password}) = $secret =~ /^requirepass "(.*)"$/m;
	$s{password} =~ s/\\(.)/$1/g if defined $s{password};
	$s{bind} = '127.0.0.1' if $s{bind} eq '*';
	return \%s;
}

# ask(COMMAND...) - the first line of the answer, after the password; '' when there is none in 5 seconds.
sub ask {
	my @command = @_;
	my $line = '';
	eval {
		local $SIG{ALRM} = sub { die };
		alarm 5;
		my $s = settings() // die;
		my $socket = IO::Socket::IP->new(PeerHost => $s->{bind}, PeerPort => $s->{port}) or die;
		for my $words (defined $s->{password} ? ['AUTH', $s->{password}] : (), \@command) {
			print $socket '*' . @$words . "\r\n", map { '$' . length($_) . "\r\n$_\r\n" } @$words;
			$socket->flush;
			$line = <$socket> // die;
			$line =~ s/\r?\n//;
			last if $line =~ /^-/;
		}
		1;
	} or $line = '';
	alarm 0;
	return $line;
}

# answers() - that it is not OK says why() then.
sub answers { return why() eq '' }

sub why {
	return 'not configured' unless settings();
	return 'the server is not running' unless server();
	my $answer = ask('PING');
	return '' if $answer eq '+PONG';
	return 'the server loads its data' if $answer =~ /^-LOADING/;
	return $answer =~ /^-/ ? 'the server refuses the password' : 'the server does not answer';
}

1;
