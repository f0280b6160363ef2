using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Code;

public sealed class CodeLicenseTests
{
    private const string Mit = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software, subject to: the above copyright notice and this permission notice shall be included in all copies.";

    [Theory]
    [InlineData("# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n", "Apache-2.0 WITH LLVM-exception")]
    [InlineData("/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */", "(GPL-2.0-only OR BSD-2-Clause)")]
    [InlineData("// SPDX-License-Identifier: MIT -*- C++ -*-", "MIT")]
    [InlineData("// Licensed under the Apache License, Version 2.0 (the \"License\");\n// you may not", "Apache-2.0")]
    [InlineData("#   Licensed under the\n#   Apache License,\n#   Version 2.0", "Apache-2.0")]
    [InlineData(" * This program is free software; you can redistribute it under the terms of the GNU General Public\n * License as published by the Free Software Foundation; either version 2, or (at your option) any later version.", "GPL-2.0-or-later")]
    [InlineData("; GNU General Public License version 3 only", "GPL-3.0-only")]
    [InlineData("# GNU Lesser General Public License, version 2.1, license", "LGPL-2.1-only")]
    [InlineData("// under the terms of the GNU Affero General Public License, or later", "AGPL-3.0-or-later")]
    [InlineData("/* This Source Code Form is subject to the terms of the Mozilla Public\n * License, v. 2.0. */", "MPL-2.0")]
    [InlineData("// Distributed under the Boost Software License, Version 1.0.", "BSL-1.0")]
    [InlineData("// Use of this source code is governed by a BSD-style\n// license that can be found in the LICENSE file.", "BSD-3-Clause")]
    [InlineData("# " + Mit, "MIT")]
    [InlineData("/* Redistribution and use in source and binary forms, with or without modification */", "BSD-2-Clause")]
    [InlineData("-- Permission to use, copy, modify, and/or distribute this software for any purpose is granted, provided that the above copyright notice", "ISC")]
    [InlineData("// This is free and unencumbered software released into the public domain. license", "Unlicense")]
    [InlineData("// @license MIT", "MIT")]
    [InlineData("// 版权所有。本文件采用 MIT License 许可", "MIT")]
    [InlineData("int license_count = 0; // how many", null)]
    [InlineData("int main(void);", null)]
    public void OfSource_Notices_AreNamed(string text, string? license) => Assert.Equal(license, LicenseText.OfSource(text));

    [Theory]
    [InlineData("MIT", true)]
    [InlineData("GPL-3.0-or-later", false)]
    [InlineData("MIT OR GPL-2.0-only", true)]
    [InlineData("MIT AND GPL-2.0-only", false)]
    [InlineData("(MIT AND BSD-3-Clause) OR LGPL-2.1-only", true)]
    [InlineData("( GPL-2.0-only OR BSD-2-Clause )", true)]
    [InlineData("Apache-2.0 WITH LLVM-exception AND MIT", true)]
    [InlineData("GPL-2.0-only WITH Classpath-exception-2.0", false)]
    [InlineData("", false)]
    public void IsPermissive_Expressions_AreRead(string expression, bool permissive) => Assert.Equal(permissive, LicenseText.IsPermissive(expression));

    [Fact]
    public void CodeLicense_FileAndProject_FileComesFirst()
    {
        Document mit = Golden.Document("# " + Mit), gpl = Golden.Document("// SPDX-License-Identifier: GPL-3.0-only"), none = Golden.Document("x");
        var filter = new CodeLicense();
        Assert.Equal("MIT", filter.Judge(mit.With("license", "GPL-3.0")).Document!.Metadata["file_license"]);
        Assert.Equal(("code_license_not_permissive", "GPL-3.0-only"), (filter.Judge(gpl.With("license", "MIT")).Reason, filter.Judge(gpl).Detail));
        Assert.Equal("code_license_not_permissive", filter.Judge(none.With("license", "AGPL-3.0")).Reason);
        Assert.True(filter.Judge(none).IsKept);
        Assert.Equal("code_license_unknown", new CodeLicense(known: true).Judge(none).Reason);
        Assert.True(new CodeLicense(permissive: false).Judge(gpl).IsKept);
        Assert.Equal("code_license_not_permissive", filter.Measure(gpl).Single(one => !one.Passed).Rule);
        Assert.Equal("code_license_unknown", new CodeLicense(known: true).Measure(none).Single(one => !one.Passed).Rule);
    }

    [Theory]
    [InlineData("a.c", "/* Copyright 2020 me */\nint a;\n", "\nint a;\n")]
    [InlineData("a.c", "#include <a.h>\n/* what it does */\n// Copyright\nint a;\n", null)]
    [InlineData("a.c", "// one\n\n// two\n#include <a.h>\n", "#include <a.h>\n")]
    [InlineData("a.py", "#!/usr/bin/env python3\n# Copyright 2020\n\nx = 1\n", "#!/usr/bin/env python3\nx = 1\n")]
    [InlineData("a.js", "s = '/* Copyright */'\n", null)]
    [InlineData("a.sql", "-- note\nselect 1", "select 1")]
    [InlineData("a.unknown", "# note\nx", null)]
    [InlineData("a.py", "# 版权所有 Copyright\nx", "x")]
    public void CodeHeader_Heads_AreTakenOff(string path, string text, string? left) =>
        Assert.Equal(left ?? text, new CodeHeader().Judge(Golden.Document(text).With("path", path)).Document!.Text);

    [Fact]
    public void CodeHeader_CopyrightOnly_LeavesOtherComments()
    {
        var filter = new CodeHeader(copyrightOnly: true);
        Assert.Equal("# note\nx", filter.Judge(Golden.Document("# note\nx").With("path", "a.py")).Document!.Text);
        Assert.Equal("x", filter.Judge(Golden.Document("# under a licence\nx").With("path", "a.py")).Document!.Text);
    }
}
