using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>
/// Calls back with a tensor's gradient during the backward pass. On a leaf it fires once per backward, with the whole gradient,
/// before that is accumulated: the place to start an all-reduce. It observes; it cannot change the gradient.
/// </summary>
public sealed unsafe partial class GradientHook : IDisposable
{
    // libstdc++'s std::function: two words of state, then the manager (copy, destroy) and the invoker.
    [StructLayout(LayoutKind.Sequential)]
    struct StandardFunction
    {
        public IntPtr State, Unused, Manager, Invoker;
    }

    enum ManagerOperation
    {
        Clone = 2,
        Destroy = 3,
    }

    static readonly IntPtr UndefinedTensor = NativeLibrary.GetExport(
        NativeLibrary.Load("libc10.so", typeof(torch).Assembly, null), "_ZN3c1019UndefinedTensorImpl10_singletonE");

    static Exception? _pending;

    readonly Tensor _tensor;
    readonly uint _id;
    bool _disposed;

    GradientHook(Tensor tensor, uint id) => (_tensor, _id) = (tensor, id);

    /// <summary>Registers a callback; dispose the result to remove it while the tensor lives.</summary>
    /// <param name="tensor">One that requires a gradient.</param>
    /// <param name="observe">Gets the gradient, which it must not keep. What it throws is rethrown by <see cref="ThrowPending"/>,
    /// since an exception cannot cross libtorch's frames.</param>
    public static GradientHook Register(Tensor tensor, Action<Tensor> observe)
    {
        var function = new StandardFunction
        {
            State = GCHandle.ToIntPtr(GCHandle.Alloc(observe)),
            Manager = (IntPtr)(delegate* unmanaged[Cdecl]<StandardFunction*, StandardFunction*, int, byte>)&Manage,
            Invoker = (IntPtr)(delegate* unmanaged[Cdecl]<IntPtr*, StandardFunction*, IntPtr, IntPtr>)&Invoke,
        };
        return new GradientHook(tensor, RegisterHook(tensor.Handle, &function));
    }

    /// <summary>Throws what a callback threw during the last backward pass, if one did.</summary>
    public static void ThrowPending()
    {
        var pending = Interlocked.Exchange(ref _pending, null);
        if (pending is not null)
            ExceptionDispatchInfo.Throw(pending);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (!_tensor.IsInvalid)
            RemoveHook(_tensor.Handle, _id);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static IntPtr Invoke(IntPtr* result, StandardFunction* function, IntPtr gradient)
    {
        *result = UndefinedTensor; // "leave the gradient as it is"
        try
        {
            using var shared = Aten.Share(gradient);
            ((Action<Tensor>)GCHandle.FromIntPtr(function->State).Target!)(shared);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _pending, e, null);
        }
        return (IntPtr)result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static byte Manage(StandardFunction* target, StandardFunction* source, int operation)
    {
        if (operation == (int)ManagerOperation.Destroy)
            GCHandle.FromIntPtr(target->State).Free();
        else if (operation == (int)ManagerOperation.Clone)
            target->State = GCHandle.ToIntPtr(GCHandle.Alloc(GCHandle.FromIntPtr(source->State).Target));
        return 0;
    }

    [LibraryImport("torch_cpu", EntryPoint = "_ZNK2at10TensorBase14_register_hookESt8functionIFS0_RKS0_EE")]
    private static partial uint RegisterHook(IntPtr tensor, StandardFunction* function);

    [LibraryImport("torch_cpu", EntryPoint = "_ZNK2at10TensorBase11remove_hookEj")]
    private static partial void RemoveHook(IntPtr tensor, uint id);
}
