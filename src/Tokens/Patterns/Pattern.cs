using System.Runtime.CompilerServices;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Patterns;

/// <summary>A regular expression over UTF-8 that sees code points, as Oniguruma does: the first alternative that leads to a match wins.</summary>
/// <remarks>A backtracking machine with its own stack. A repeated set is one entry of the stack, however long it runs. .NET's Regex was refused: it sees
/// two characters where the reference sees one letter beyond U+FFFF. Patterns that backtrack without end stop with an error, as Oniguruma's do.</remarks>
internal sealed class Pattern
{
    private const int MaxSteps = 10_000_000;

    private enum Kind
    {
        Match, Set, SetLoop, Split, Jump, Mark, CheckProgress, Look, LookNot, Behind, BehindNot, Atomic, Anchor,
    }

    private record struct Instruction(Kind Kind, int First, int Second, CodePointSet? Set);

    private readonly string _text;
    private readonly List<Instruction> _code = [];
    private readonly CodePointSet _word = PatternParser.WordCharacters;
    private int _marks;

    /// <exception cref="InputException">The pattern is broken or has a part that cannot be matched exactly.</exception>
    public Pattern(string text)
    {
        _text = text;
        Emit(PatternParser.Parse(text));
        _code.Add(new Instruction(Kind.Match, 0, 0, null));
        Instructions = [.. _code];
    }

    private Instruction[] Instructions { get; }

    /// <summary>The next match at or after a place: its start, or -1, and its end.</summary>
    public int Find(ReadOnlySpan<byte> text, int from, out int end)
    {
        for (int at = from; ; at += Utf8Point.LengthOf(text[at]))
        {
            end = MatchAt(text, at);
            if (end >= 0)
                return at;
            if (at >= text.Length)
                return -1;
        }
    }

    /// <summary>End of the match that begins at a place, or -1.</summary>
    public int MatchAt(ReadOnlySpan<byte> text, int at)
    {
        Machine machine = new(this, text);
        return machine.Run(0, at);
    }

    private void Emit(PatternNode node)
    {
        if (_code.Count > 50_000)
            throw new InputException($"regular expression {_text}: not supported: repetitions that multiply to more than 50,000 steps");
        switch (node)
        {
            case SetNode set:
                Add(Kind.Set, set: set.Set);
                break;
            case SequenceNode sequence:
                foreach (PatternNode part in sequence.Parts)
                    Emit(part);
                break;
            case AlternativesNode alternatives:
                EmitAlternatives(alternatives.Alternatives);
                break;
            case RepeatNode repeat:
                EmitRepeat(repeat);
                break;
            case AtomicNode atomic:
                EmitNested(Kind.Atomic, 0, atomic.Body);
                break;
            case LookNode { Behind: false } look:
                EmitNested(look.Negative ? Kind.LookNot : Kind.Look, 0, look.Body);
                break;
            case LookNode look:
                EmitBehind(look);
                break;
            case AnchorNode anchor:
                Add(Kind.Anchor, (int)anchor.Kind);
                break;
        }
    }

    private int Add(Kind kind, int first = 0, int second = 0, CodePointSet? set = null)
    {
        _code.Add(new Instruction(kind, first, second, set));
        return _code.Count - 1;
    }

    /// <summary>An instruction with a program of its own behind it: First is where to go on.</summary>
    private void EmitNested(Kind kind, int second, PatternNode body)
    {
        int at = Add(kind, 0, second);
        Emit(body);
        Add(Kind.Match);
        _code[at] = _code[at] with { First = _code.Count };
    }

    private void EmitAlternatives(IReadOnlyList<PatternNode> alternatives)
    {
        List<int> ends = [];
        for (int i = 0; i < alternatives.Count; i++)
        {
            bool last = i == alternatives.Count - 1;
            int split = last ? -1 : Add(Kind.Split, _code.Count + 1);
            Emit(alternatives[i]);
            if (last)
                break;
            ends.Add(Add(Kind.Jump));
            _code[split] = _code[split] with { Second = _code.Count };
        }
        foreach (int end in ends)
            _code[end] = _code[end] with { First = _code.Count };
    }

    private void EmitRepeat(RepeatNode repeat)
    {
        PatternNode body = repeat.Body is SequenceNode { Parts.Count: 1 } only ? only.Parts[0] : repeat.Body;
        if (body is SetNode set && !repeat.Lazy)
        {
            Add(Kind.SetLoop, repeat.Min, repeat.Max, set.Set);
            return;
        }
        for (int i = 0; i < repeat.Min; i++)
            Emit(body);
        if (repeat.Max < 0)
        {
            int mark = _marks++, loop = _code.Count;
            int split = Add(Kind.Split);
            Add(Kind.Mark, mark);
            Emit(body);
            // A turn that took nothing would go round for ever.
            Add(Kind.CheckProgress, mark);
            Add(Kind.Jump, loop);
            SetSplit(split, split + 1, _code.Count, repeat.Lazy);
            return;
        }
        List<int> splits = [];
        for (int i = repeat.Min; i < repeat.Max; i++)
        {
            splits.Add(Add(Kind.Split));
            Emit(body);
        }
        foreach (int split in splits)
            SetSplit(split, split + 1, _code.Count, repeat.Lazy);
    }

    private void SetSplit(int at, int into, int past, bool lazy) =>
        _code[at] = _code[at] with { First = lazy ? past : into, Second = lazy ? into : past };

    private void EmitBehind(LookNode look)
    {
        IReadOnlyList<PatternNode> alternatives = look.Body is AlternativesNode several ? several.Alternatives : [look.Body];
        if (look.Negative)
        {
            foreach (PatternNode alternative in alternatives)
                EmitNested(Kind.BehindNot, LengthOf(alternative), alternative);
            return;
        }
        List<int> ends = [];
        for (int i = 0; i < alternatives.Count; i++)
        {
            int split = i == alternatives.Count - 1 ? -1 : Add(Kind.Split, _code.Count + 1);
            EmitNested(Kind.Behind, LengthOf(alternatives[i]), alternatives[i]);
            if (split < 0)
                break;
            ends.Add(Add(Kind.Jump));
            _code[split] = _code[split] with { Second = _code.Count };
        }
        foreach (int end in ends)
            _code[end] = _code[end] with { First = _code.Count };
    }

    /// <summary>Characters that a part always takes.</summary>
    private int LengthOf(PatternNode node) => node switch
    {
        SetNode => 1,
        SequenceNode sequence => sequence.Parts.Sum(LengthOf),
        AlternativesNode alternatives when alternatives.Alternatives.Select(LengthOf).Distinct().Count() == 1 => LengthOf(alternatives.Alternatives[0]),
        RepeatNode repeat when repeat.Min == repeat.Max => repeat.Min * LengthOf(repeat.Body),
        AtomicNode atomic => LengthOf(atomic.Body),
        LookNode or AnchorNode => 0,
        _ => throw new InputException($"regular expression {_text}: not supported: a look behind of no fixed length"),
    };

    private ref struct Machine
    {
        private readonly Pattern _pattern;
        private readonly ReadOnlySpan<byte> _text;
        private readonly Instruction[] _code;
        private readonly Span<int> _marks;
        private int _steps;

        public Machine(Pattern pattern, ReadOnlySpan<byte> text)
        {
            _pattern = pattern;
            _text = text;
            _code = pattern.Instructions;
            _marks = pattern._marks == 0 ? default : new int[pattern._marks];
        }

        [SkipLocalsInit]
        public int Run(int pc, int at)
        {
            // An entry: where to go on, the place, and the least place a loop may give back to; or, below zero, a mark to restore.
            Span<(int Pc, int At, int Least)> stack = stackalloc (int, int, int)[32];
            int depth = 0;
            while (true)
            {
                if (++_steps > MaxSteps)
                    throw new InputException($"regular expression {_pattern._text}: more than {MaxSteps:N0} steps for one match: the pattern backtracks without end on this text");
                ref Instruction instruction = ref _code[pc];
                bool ok = true;
                switch (instruction.Kind)
                {
                    case Kind.Match:
                        return at;
                    case Kind.Set:
                        ok = at < _text.Length && instruction.Set!.Contains(Utf8Point.At(_text, at, out int length)) && (at += length) > 0;
                        pc++;
                        break;
                    case Kind.SetLoop:
                        ok = Loop(ref instruction, ref at, out int least);
                        pc++;
                        if (ok && at > least && _code[pc].Kind != Kind.Match)
                            Push(ref stack, ref depth, (pc, at, least));
                        break;
                    case Kind.Split:
                        Push(ref stack, ref depth, (instruction.Second, at, at));
                        pc = instruction.First;
                        break;
                    case Kind.Jump:
                        pc = instruction.First;
                        break;
                    case Kind.Mark:
                        Push(ref stack, ref depth, (-1 - instruction.First, _marks[instruction.First], 0));
                        _marks[instruction.First] = at;
                        pc++;
                        break;
                    case Kind.CheckProgress:
                        pc += _marks[instruction.First] == at ? 2 : 1;
                        break;
                    case Kind.Anchor:
                        ok = Holds((Anchor)instruction.First, at);
                        pc++;
                        break;
                    default:
                        ok = Nested(ref instruction, pc, ref at);
                        pc = instruction.First;
                        break;
                }
                while (!ok)
                {
                    if (depth == 0)
                        return -1;
                    ref (int Pc, int At, int Least) top = ref stack[depth - 1];
                    if (top.Pc < 0)
                    {
                        _marks[-1 - top.Pc] = top.At;
                        depth--;
                        continue;
                    }
                    pc = top.Pc;
                    if (top.At > top.Least)
                    {
                        top.At = Utf8Point.Before(_text, top.At);
                        at = top.At;
                        if (top.At == top.Least)
                            depth--;
                    }
                    else
                    {
                        at = top.At;
                        depth--;
                    }
                    ok = true;
                }
            }
        }

        private static void Push(ref Span<(int, int, int)> stack, ref int depth, (int, int, int) entry)
        {
            if (depth == stack.Length)
            {
                (int, int, int)[] larger = new (int, int, int)[depth * 2];
                stack.CopyTo(larger);
                stack = larger;
            }
            stack[depth++] = entry;
        }

        private readonly bool Loop(ref Instruction instruction, ref int at, out int least)
        {
            CodePointSet set = instruction.Set!;
            int count = 0;
            least = instruction.First == 0 ? at : -1;
            while (at < _text.Length && count != instruction.Second)
            {
                if (!set.Contains(Utf8Point.At(_text, at, out int length)))
                    break;
                at += length;
                if (++count == instruction.First)
                    least = at;
            }
            return count >= instruction.First;
        }

        private bool Nested(ref Instruction instruction, int pc, ref int at)
        {
            if (instruction.Kind is Kind.Behind or Kind.BehindNot)
            {
                int start = at;
                for (int i = 0; i < instruction.Second && start >= 0; i++)
                    start = start == 0 ? -1 : Utf8Point.Before(_text, start);
                bool found = start >= 0 && Run(pc + 1, start) == at;
                return found == (instruction.Kind == Kind.Behind);
            }
            int end = Run(pc + 1, at);
            if (instruction.Kind == Kind.LookNot)
                return end < 0;
            if (end >= 0 && instruction.Kind == Kind.Atomic)
                at = end;
            return end >= 0;
        }

        private readonly bool Holds(Anchor anchor, int at) => anchor switch
        {
            Anchor.TextStart => at == 0,
            Anchor.TextEnd => at == _text.Length,
            Anchor.TextEndOrLastNewLine => at == _text.Length || (at == _text.Length - 1 && _text[at] == '\n'),
            Anchor.LineStart => at == 0 || (_text[at - 1] == '\n' && at < _text.Length),
            Anchor.LineEnd => at == _text.Length || _text[at] == '\n',
            _ => (IsWord(at - 1, before: true) != IsWord(at, before: false)) == (anchor == Anchor.WordBorder),
        };

        private readonly bool IsWord(int at, bool before)
        {
            if (before ? at < 0 : at >= _text.Length)
                return false;
            return _pattern._word.Contains(Utf8Point.At(_text, before ? Utf8Point.Before(_text, at + 1) : at, out _));
        }
    }
}
