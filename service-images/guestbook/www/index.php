<?php
/* SPDX-License-Identifier: MIT */
/* index.php - the guestbook: what guests have written, and a form to write more. */

try {
	$at = json_decode(file_get_contents(dirname(__DIR__) . '/cfg/.guestbook.json'), true, 4, JSON_THROW_ON_ERROR);
	[$host, $port] = explode(':', $at['host'] . ':3306');
	$book = new PDO("mysql:host=$host;port=$port;dbname={$at['name']};charset=utf8mb4", $at['user'], $at['password'],
		[PDO::ATTR_TIMEOUT => 5]);
	$book->exec('CREATE TABLE IF NOT EXISTS guestbook (id INT AUTO_INCREMENT PRIMARY KEY, guest VARCHAR(80), words VARCHAR(1000))');
	if ($_SERVER['REQUEST_METHOD'] === 'POST') {
		$entry = [$_POST['guest'] ?? '', $_POST['words'] ?? ''];
		if (!preg_match('/^.{1,80}$/u', $entry[0]) || !preg_match('/^.{1,1000}$/su', $entry[1])) {
			http_response_code(400);
			exit('A name of 1 to 80 letters, and 1 to 1000 of words.');
		}
		$book->prepare('INSERT INTO guestbook (guest, words) VALUES (?, ?)')->execute($entry);
		header('Location: /', true, 303);
		exit;
	}
	$entries = $book->query('SELECT guest, words FROM guestbook ORDER BY id DESC LIMIT 50')->fetchAll();
} catch (PDOException | JsonException $e) {
	/* Not its message, which may tell who comes in there. */
	http_response_code(503);
	exit('The guestbook is closed.');
}
?>
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Guestbook</title>
<h1>Guestbook</h1>
<form method="post">
<p><label>Name <input name="guest" maxlength="80" required></label></p>
<p><label>Words <textarea name="words" maxlength="1000" required></textarea></label></p>
<p><button>Write</button></p>
</form>
<?php foreach ($entries as $entry) { ?>
<p><b><?= htmlspecialchars($entry['guest']) ?></b>: <?= htmlspecialchars($entry['words']) ?></p>
<?php } ?>
</html>
