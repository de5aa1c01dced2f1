using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Kanade.Torch;

/// <summary>
/// Reads a Python pickle (protocols 0 to 5) without running anything: of its instructions only those that make numbers, strings and
/// containers are known, and of its classes only those that PyTorch writes for tensors. Anything else is refused by name.
/// </summary>
/// <param name="stream">At the first instruction; it is left after the last.</param>
/// <param name="where">The file, for messages.</param>
/// <param name="load">Makes the object that a persistent id (a tuple) stands for: a storage.</param>
/// <param name="rebuild">Makes the object of a call of one of <see cref="Callables"/>.</param>
sealed class Unpickler(
    Stream stream, string where, Func<IReadOnlyList<object?>, object> load, Func<string, IReadOnlyList<object?>, object?> rebuild)
{
    /// <summary>A class or function that the pickle names and that stands for nothing but itself.</summary>
    internal sealed record Global(string Name);

    const int LongestPickle = 1 << 25, MostInstructions = 1 << 22;

    /// <summary>What may be called: these only make containers and views.</summary>
    internal static readonly HashSet<string> Callables =
    [
        "collections.OrderedDict", "collections.defaultdict", "torch.Size",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter",
    ];

    /// <summary>What may be named, as an argument of those.</summary>
    static readonly HashSet<string> Names =
    [
        "builtins.dict", "builtins.list", "builtins.int", "builtins.float", "__builtin__.dict", "__builtin__.list", "__builtin__.int", "__builtin__.float",
    ];

    static readonly object Mark = new();

    readonly Stack<object?> _stack = new();
    readonly Dictionary<long, object?> _memo = [];
    int _read;

    /// <summary>The object that the pickle describes: null, bool, long, <see cref="BigInteger"/>, double, string, byte[],
    /// <c>List&lt;object?&gt;</c> (lists, tuples and sets), <c>Dictionary&lt;object, object?&gt;</c>, or what the two functions make.</summary>
    /// <exception cref="InvalidDataException">Damaged, too large, or not only data.</exception>
    public object? Read()
    {
        for (var count = 0; count < MostInstructions; count++)
        {
            var instruction = Byte();
            if (instruction == '.')
                return _stack.Count == 1 ? _stack.Pop() : throw Damaged("it ends in the middle of an object");
            Execute(instruction);
        }
        throw new InvalidDataException($"{where}: its pickle has more than {MostInstructions} instructions: not a model's checkpoint");
    }

    void Execute(byte instruction)
    {
        switch (instruction)
        {
            case 0x80: Byte(); break;                                                       // protocol
            case 0x95: Bytes(8); break;                                                     // frame
            case (byte)'(': _stack.Push(Mark); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': ToMark(); break;
            case (byte)'2': _stack.Push(Peek()); break;
            case (byte)'N': _stack.Push(null); break;
            case 0x88: _stack.Push(true); break;
            case 0x89: _stack.Push(false); break;
            case (byte)'K': _stack.Push((long)Byte()); break;
            case (byte)'M': _stack.Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
            case (byte)'J': _stack.Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
            case (byte)'I': case (byte)'L': _stack.Push(Number(Line().TrimEnd('L'))); break;
            case 0x8a: { var number = LongInteger(Byte()); _stack.Push(number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number); break; }
            case (byte)'G': _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case (byte)'F':
                _stack.Push(double.TryParse(Line(), System.Globalization.CultureInfo.InvariantCulture, out var real) ? real : throw Damaged("a number is none"));
                break;
            case (byte)'X': _stack.Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break;
            case 0x8c: _stack.Push(Text(Byte())); break;
            case 0x8d: _stack.Push(Text(BinaryPrimitives.ReadInt64LittleEndian(Bytes(8)))); break;
            case (byte)'U': _stack.Push(Text(Byte())); break;                               // byte strings of Python 2
            case (byte)'T': _stack.Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break;
            case (byte)'C': _stack.Push(Bytes(Byte())); break;
            case (byte)'B': _stack.Push(Bytes(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break;
            case (byte)'}': _stack.Push(new Dictionary<object, object?>()); break;
            case (byte)']': case (byte)')': case 0x8f: _stack.Push(new List<object?>()); break;
            case (byte)'t': case (byte)'l': case 0x91: _stack.Push(ToMark()); break;
            case (byte)'d': _stack.Push(Fill([], ToMark())); break;
            case 0x85: Tuple(1); break;
            case 0x86: Tuple(2); break;
            case 0x87: Tuple(3); break;
            case (byte)'s': { var value = Pop(); var key = Pop(); Fill(Peek<Dictionary<object, object?>>(), [key, value]); break; }
            case (byte)'u': { var items = ToMark(); Fill(Peek<Dictionary<object, object?>>(), items); break; }
            case (byte)'a': { var item = Pop(); Peek<List<object?>>().Add(item); break; }
            case (byte)'e': case 0x90: { var items = ToMark(); Peek<List<object?>>().AddRange(items); break; }
            case (byte)'q': _memo[Byte()] = Peek(); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))] = Peek(); break;
            case 0x94: _memo[_memo.Count] = Peek(); break;
            case (byte)'h': _stack.Push(Remembered(Byte())); break;
            case (byte)'j': _stack.Push(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break;
            case (byte)'c': { var module = Line(); _stack.Push(Named($"{module}.{Line()}")); break; }
            case 0x93: { var name = Pop<string>(); _stack.Push(Named($"{Pop<string>()}.{name}")); break; }
            case (byte)'Q': _stack.Push(load(Pop<List<object?>>())); break;
            case (byte)'R': { var arguments = Pop<List<object?>>(); _stack.Push(Call(Pop<Global>().Name, arguments)); break; }
            case (byte)'b': Build(); break;
            default:
                throw new InvalidDataException($"{where}: refused: its pickle holds the instruction 0x{instruction:x2}, which a checkpoint of tensors does not need");
        }
    }

    Global Named(string name) => Callables.Contains(name) || Names.Contains(name) || IsStorage(name)
        ? new Global(name)
        : throw new InvalidDataException($"{where}: refused: it wants to load '{Printable(name)}', and only tensors, numbers, strings and containers are read");

    static bool IsStorage(string name) => name.StartsWith("torch.", StringComparison.Ordinal) && name.EndsWith("Storage", StringComparison.Ordinal);

    object? Call(string name, List<object?> arguments) => Callables.Contains(name)
        ? name switch
        {
            "collections.OrderedDict" or "collections.defaultdict" => new Dictionary<object, object?>(),
            "torch.Size" => arguments is [List<object?> sizes] ? sizes : throw Damaged("a size is none"),
            _ => rebuild(name, arguments),
        }
        : throw new InvalidDataException($"{where}: refused: it wants to call '{Printable(name)}'");

    /// <summary>Attributes are set on ordered dictionaries only (PyTorch keeps version numbers there), and dropped.</summary>
    void Build()
    {
        Pop();
        if (Peek() is not Dictionary<object, object?>)
            throw new InvalidDataException($"{where}: refused: it sets the attributes of an object");
    }

    Dictionary<object, object?> Fill(Dictionary<object, object?> target, List<object?> items)
    {
        if (items.Count % 2 != 0)
            throw Damaged("a key has no value");
        for (var i = 0; i < items.Count; i += 2)
        {
            // Numbers that fit 32 bits cannot be chosen to collide in the table.
            if (items[i] is not (string or bool or (long and >= int.MinValue and <= int.MaxValue)))
                throw new InvalidDataException($"{where}: refused: a dictionary has a key that is neither text nor a small number");
            target[items[i]!] = items[i + 1];
        }
        return target;
    }

    void Tuple(int count)
    {
        var items = new List<object?>(count);
        for (var i = 0; i < count; i++)
            items.Add(Pop());
        items.Reverse();
        _stack.Push(items);
    }

    List<object?> ToMark()
    {
        var items = new List<object?>();
        while (_stack.TryPop(out var item))
        {
            if (ReferenceEquals(item, Mark))
            {
                items.Reverse();
                return items;
            }
            items.Add(item);
        }
        throw Damaged("a container has no beginning");
    }

    object? Remembered(long index) => _memo.TryGetValue(index, out var value) ? value : throw Damaged("it refers to what it has not made");

    object? Pop() => _stack.TryPop(out var item) && !ReferenceEquals(item, Mark) ? item : throw Damaged("an object is missing");

    T Pop<T>() => Pop() is T item ? item : throw Damaged($"an object is not a {typeof(T).Name}");

    object? Peek() => _stack.TryPeek(out var item) && !ReferenceEquals(item, Mark) ? item : throw Damaged("an object is missing");

    T Peek<T>() => Peek() is T item ? item : throw Damaged($"an object is not a {typeof(T).Name}");

    object Number(string text) => text switch
    {
        "00" => false,
        "01" => true,
        _ => long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : throw Damaged("a number is none"),
    };

    BigInteger LongInteger(int size) => size <= 16 ? new BigInteger(Bytes(size)) : throw Damaged($"a number has {size} bytes");

    string Text(long size) => Encoding.UTF8.GetString(Bytes(size));

    string Line()
    {
        var text = new List<byte>();
        for (var b = Byte(); b != '\n'; b = Byte())
            text.Add(b);
        return Encoding.UTF8.GetString([.. text]).TrimEnd('\r');
    }

    byte Byte()
    {
        Count(1);
        var value = stream.ReadByte();
        return value >= 0 ? (byte)value : throw Truncated();
    }

    byte[] Bytes(long size)
    {
        Count(size);
        var bytes = new byte[size];
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length ? bytes : throw Truncated();
    }

    void Count(long size)
    {
        if (size < 0 || size > LongestPickle - _read)
            throw new InvalidDataException($"{where}: its pickle is longer than {LongestPickle >> 20} MiB: not a model's checkpoint, or damaged");
        _read += (int)size;
    }

    InvalidDataException Truncated() => new($"{where}: cut short: it ends within its pickle; fetch it again");

    InvalidDataException Damaged(string what) => new($"{where}: its pickle is damaged: {what}");

    static string Printable(string name) => new(name.Take(100).Select(c => char.IsControl(c) ? '?' : c).ToArray());
}
