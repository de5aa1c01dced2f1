using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>
/// Calls any ATen operator, autograd included, through the C interface that libtorch exports for ahead-of-time compiled models
/// (torch/csrc/inductor/aoti_torch/c/shim.h). Operators with a <c>Scalar</c> argument cannot be called so.
/// </summary>
public static unsafe partial class Aten
{
    const string Library = "torch_cpu";

    /// <summary>An optional argument; <see cref="None"/> is the operator's <c>None</c>.</summary>
    /// <param name="Value">The value, or null.</param>
    public readonly record struct Optional(object? Value)
    {
        /// <summary>No value.</summary>
        public static readonly Optional None;
    }

    /// <summary>Calls an operator.</summary>
    /// <param name="name">For example <c>aten::_weight_norm</c>.</param>
    /// <param name="overload">The overload's name, empty for the default.</param>
    /// <param name="results">How many tensors it returns; they belong to the current dispose scope.</param>
    /// <param name="arguments">Every argument of the schema in order, defaults included: <see cref="Tensor"/>, lists of tensors, integers,
    /// <see cref="bool"/>, <see cref="double"/>, <see cref="string"/>, <see cref="Optional"/>.</param>
    /// <exception cref="InvalidOperationException">The operator failed; libtorch has written why to the standard error.</exception>
    public static Tensor[] Call(string name, string overload, int results, params ReadOnlySpan<object> arguments)
    {
        var stack = stackalloc ulong[Math.Max(arguments.Length, Math.Max(results, 1))];
        for (var i = 0; i < arguments.Length; i++)
            stack[i] = Pack(arguments[i]);
        if (CallDispatcher(name, overload, stack) != 0)
            throw new InvalidOperationException($"{name} failed in libtorch (its message is on the standard error)");
        var tensors = new Tensor[results];
        for (var i = 0; i < results; i++)
            tensors[i] = Tensor.UnsafeCreateTensor((IntPtr)stack[i]);
        return tensors;
    }

    /// <summary>The address of a tensor's first element, a view's offset included.</summary>
    /// <exception cref="ArgumentException">Not contiguous: the elements do not follow that address.</exception>
    public static nint DataPointer(Tensor tensor)
    {
        if (!tensor.is_contiguous())
            throw new ArgumentException("not contiguous", nameof(tensor));
        if (GetDataPointer(tensor.Handle, out var pointer) != 0)
            throw new InvalidOperationException("the tensor has no data pointer");
        return pointer;
    }

    /// <summary>A second managed owner of the native tensor that <paramref name="handle"/> points at.</summary>
    internal static Tensor Share(IntPtr handle)
    {
        if (NewTensorHandle(handle, out var copy) != 0)
            throw new InvalidOperationException("the tensor cannot be shared");
        return Tensor.UnsafeCreateTensor(copy);
    }

    // A list, string, boxed value or tensor handle on the stack is owned, and freed, by the callee.
    static ulong Pack(object? value) => value switch
    {
        null => 0,
        Tensor tensor => Handle(tensor),
        long number => (ulong)number,
        int number => (ulong)(long)number,
        bool flag => flag ? 1UL : 0UL,
        double number => BitConverter.DoubleToUInt64Bits(number),
        string text => Text(text),
        IReadOnlyList<Tensor> tensors => List(tensors),
        Optional { Value: null } => 0,
        Optional optional => Box(Pack(optional.Value)),
        _ => throw new ArgumentException($"no ATen argument is a {value.GetType().Name}", nameof(value)),
    };

    static ulong Handle(Tensor tensor)
    {
        if (NewTensorHandle(tensor.Handle, out var handle) != 0)
            throw new InvalidOperationException("the tensor cannot be passed on");
        return (ulong)handle;
    }

    static ulong Box(ulong value)
    {
        var box = (ulong*)NativeMemory.Alloc(sizeof(ulong)); // libtorch frees it with delete, which is free in glibc
        *box = value;
        return (ulong)box;
    }

    static ulong List(IReadOnlyList<Tensor> tensors)
    {
        if (NewList((nuint)tensors.Count, out var list) != 0)
            throw new InvalidOperationException("the list cannot be made");
        foreach (var tensor in tensors)
            _ = PushBack(list, Handle(tensor));
        return (ulong)list;
    }

    static ulong Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* data = bytes)
        {
            if (NewString(data, (nuint)bytes.Length, out var handle) != 0)
                throw new InvalidOperationException("the string cannot be passed on");
            return (ulong)handle;
        }
    }

    [LibraryImport(Library, EntryPoint = "aoti_torch_call_dispatcher", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CallDispatcher(string name, string overload, ulong* stack);

    [LibraryImport(Library, EntryPoint = "aoti_torch_new_tensor_handle")]
    private static partial int NewTensorHandle(IntPtr tensor, out IntPtr handle);

    [LibraryImport(Library, EntryPoint = "torch_new_list_reserve_size")]
    private static partial int NewList(nuint size, out IntPtr list);

    [LibraryImport(Library, EntryPoint = "torch_list_push_back")]
    private static partial int PushBack(IntPtr list, ulong value);

    [LibraryImport(Library, EntryPoint = "torch_new_string_handle")]
    private static partial int NewString(byte* data, nuint length, out IntPtr handle);

    [LibraryImport(Library, EntryPoint = "aoti_torch_get_data_ptr")]
    private static partial int GetDataPointer(IntPtr tensor, out nint pointer);
}
