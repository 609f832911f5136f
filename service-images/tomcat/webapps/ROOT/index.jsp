<%@ page contentType="text/html; charset=UTF-8" import="java.nio.file.*" session="false" %>
<%-- SPDX-License-Identifier: MIT --%>
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Board</title>
<h1>Board</h1>
<ul>
<% Path words = Path.of(System.getProperty("catalina.base"), "data", "words");
for (String word : Files.exists(words) ? Files.readAllLines(words) : java.util.List.<String>of()) { %>
<li><%= word.replace("&", "&amp;").replace("<", "&lt;") %></li>
<% } %>
</ul>
<form method="post" action="write/"><input name="word" required> <button>Write</button></form>
</html>
