<?php
/* SPDX-License-Identifier: MIT */
/* wp-config.php - WordPress' settings, from what enstratus-configure has made of the service's. */

$settings = json_decode(file_get_contents(dirname(__DIR__) . '/cfg/.wordpress.json'), true);
$salts = json_decode(file_get_contents(dirname(__DIR__) . '/cfg/.salts.json'), true);
if (!$settings || !$salts) {
	http_response_code(503);
	exit('not configured');
}

define('DB_HOST', $settings['host']);
define('DB_NAME', $settings['name']);
define('DB_USER', $settings['user']);
define('DB_PASSWORD', $settings['password']);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = $settings['prefix'];

foreach ($salts as $name => $value) {
	define($name, $value);
}

/* Behind a balancer it is known by the name that visitors ask for. */
$https = ($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https' || !empty($_SERVER['HTTPS']);
if ($https) {
	$_SERVER['HTTPS'] = 'on';
}
$url = $settings['url'] ?: ($https ? 'https://' : 'http://') . ($_SERVER['HTTP_HOST'] ?? 'localhost');
define('WP_HOME', $url);
define('WP_SITEURL', $url);

/* The package manager updates it, and nothing here calls anybody. */
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_AUTO_UPDATE_CORE', false);
define('DISALLOW_FILE_MODS', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('WP_DEBUG', false);

if (!defined('ABSPATH')) {
	define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
