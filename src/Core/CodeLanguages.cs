using System.Collections.Frozen;

namespace DataPipeline.Core;

/// <summary>Programming, markup and configuration languages by file name.</summary>
public static class CodeLanguages
{
    // A language and its extensions a line; "=" marks whole file names.
    private const string Table = """
        Ada adb ads
        Agda agda
        Assembly asm s
        AWK awk
        Batchfile bat cmd
        C c h
        C# cs csx
        C++ cpp cc cxx hpp hh hxx ipp inl tpp
        Clojure clj cljs cljc edn
        CMake cmake =CMakeLists.txt
        CoffeeScript coffee
        Common-Lisp lisp cl lsp
        Crystal cr
        CSS css
        CUDA cu cuh
        D d
        Dart dart
        Dockerfile dockerfile =Dockerfile =Containerfile
        Elixir ex exs
        Elm elm
        Emacs-Lisp el
        Erlang erl hrl
        F# fs fsi fsx
        Fortran f f90 f95 f03 for
        GLSL glsl vert frag
        Go go
        GraphQL graphql gql
        Groovy groovy gradle =Jenkinsfile
        Haskell hs lhs
        HCL tf hcl
        HTML html htm xhtml
        Idris idr
        INI ini cfg
        Java java
        JavaScript js mjs cjs jsx
        JSON json
        Julia jl
        Kotlin kt kts
        Lean lean
        Less less
        Lua lua
        Makefile mk mak =Makefile =makefile =GNUmakefile
        Markdown md markdown
        MATLAB m
        Meson =meson.build
        Nim nim
        Nix nix
        Objective-C mm
        OCaml ml mli
        Pascal pas pp
        Perl pl pm t
        PHP php phtml
        PowerShell ps1 psm1 psd1
        Prolog pro
        Protocol-Buffer proto
        PureScript purs
        Python py pyi pyx pyw
        R r
        Racket rkt
        Raku raku rakumod
        reStructuredText rst
        Ruby rb rake gemspec =Rakefile =Gemfile
        Rust rs
        Sass sass
        Scala scala sc sbt
        Scheme scm ss
        SCSS scss
        Shell sh bash zsh ksh fish
        Smalltalk st
        Solidity sol
        SQL sql
        Standard-ML sml sig
        Starlark bzl =BUILD =BUILD.bazel =WORKSPACE
        Stylus styl
        SVG svg
        Svelte svelte
        Swift swift
        SystemVerilog sv svh
        Tcl tcl
        TeX tex sty cls bib
        Text txt
        Thrift thrift
        TOML toml
        TypeScript ts tsx mts cts
        Verilog v vh
        VHDL vhd vhdl
        Vim-Script vim
        Visual-Basic vb vbs bas
        Vue vue
        WebAssembly wat wast
        XML xml xsd xsl xslt csproj fsproj props targets
        YAML yaml yml
        Zig zig
        """;

    private static readonly FrozenDictionary<string, string> ByName = Load();

    /// <summary>The language of a document: its metadata <c>code_language</c>, else by its metadata <c>path</c>; null when neither says one that is known.</summary>
    public static string? Of(Document document) => document.Metadata.TryGetValue("code_language", out string? language) ? language
        : document.Metadata.TryGetValue("path", out string? path) ? Of(path) : null;

    /// <summary>The language of a path; null when the table does not know it.</summary>
    public static string? Of(string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        if (ByName.TryGetValue("=" + name, out string? language))
            return language;
        int dot = name.LastIndexOf('.');
        return dot >= 0 && ByName.TryGetValue(name[(dot + 1)..].ToLowerInvariant(), out language) ? language : null;
    }

    private static FrozenDictionary<string, string> Load()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = line.Split(' ');
            foreach (string extension in words[1..])
                names.TryAdd(extension, words[0].Replace('-', ' '));
        }
        return names.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
