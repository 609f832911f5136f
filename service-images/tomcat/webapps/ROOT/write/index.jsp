<%@ page contentType="text/plain; charset=UTF-8" import="java.nio.file.*" session="false" %>
<%-- SPDX-License-Identifier: MIT --%>
<%! static final Object one = new Object(); %>
<% request.setCharacterEncoding("UTF-8");
String word = request.getParameter("word");
if (word != null && !word.isBlank())
	synchronized (one) {
		Files.writeString(Path.of(System.getProperty("catalina.base"), "data", "words"),
			word.replaceAll("\\p{Cntrl}", " ") + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
	} %>
written
