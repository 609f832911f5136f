<?php
/* SPDX-License-Identifier: MIT */
/* index.php - a guestbook of one table, by the functions of mysqli. */
require '../conf/settings.php';
$link = mysqli_connect(DB_HOST, DB_USER, DB_PASSWORD, DB_NAME);
mysqli_query($link, 'CREATE TABLE IF NOT EXISTS entries (id INT AUTO_INCREMENT PRIMARY KEY, words TEXT)');
if (isset($_POST['words'])) {
	$words = mysqli_real_escape_string($link, $_POST['words']);
	mysqli_query($link, "INSERT INTO entries (words) VALUES ('$words')");
}
?>
<html>
<h1>Guestbook</h1>
<form method="post"><input name="words"><input type="submit"></form>
<?php
$result = mysqli_query($link, 'SELECT words FROM entries ORDER BY id');
while ($row = mysqli_fetch_assoc($result))
	echo '<p>' . htmlspecialchars($row['words']) . "</p>\n";
?>
</html>
