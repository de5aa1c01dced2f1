using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kanade.Torch;

/// <summary>
/// Keeps the numbers that TorchSharp hands to operators alive while the operators run. Every <c>x + y</c>, <c>x * 0.5</c> or
/// <c>clamp</c> makes a <c>Scalar</c> whose native half its finaliser frees; TorchSharp 0.107 reads the handle and lets go of the
/// object before the call, so that a collection on any thread can free the number that an operator is about to read. Under load that
/// is an exception from <c>Scalar::toFloat</c> once in some hours of training; in between it may be a wrong number that nobody sees.
/// <para>Here the glue's <c>THSTorch_dispose_scalar</c> is led to a function that frees a number half a minute later.</para>
/// </summary>
static unsafe partial class ScalarLifetime
{
    const string Freeing = "THSTorch_dispose_scalar";
    const long DelayMilliseconds = 30_000;
    const int ReadWriteExecute = 7, ReadExecute = 5;

    // mov rax, address; jmp rax
    static ReadOnlySpan<byte> Load => [0x48, 0xb8];

    static ReadOnlySpan<byte> Jump => [0xff, 0xe0];

    static readonly ConcurrentQueue<(nint Number, long Since)> Waiting = new();
    static long _seen;

    /// <summary>How many numbers have been given up since the start.</summary>
    public static long Seen => Interlocked.Read(ref _seen);

    /// <summary>Whether the function was led here.</summary>
    public static bool Installed { get; private set; }

    /// <param name="glue">The handle of <c>libLibTorchSharp.so</c>.</param>
    /// <remarks>Only x86-64 is known; elsewhere, or where the system forbids changing code, <see cref="Installed"/> stays false and the self-test says so.</remarks>
    public static void Install(nint glue)
    {
        if (Installed || RuntimeInformation.ProcessArchitecture != Architecture.X64 || !NativeLibrary.TryGetExport(glue, Freeing, out var target))
            return;
        var page = Environment.SystemPageSize;
        var start = target / page * page;
        var length = (nuint)(target - start + 16);
        if (ProtectMemory(start, length, ReadWriteExecute) != 0)
            return;
        var code = new Span<byte>((void*)target, 12);
        var address = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&GiveUp;
        Load.CopyTo(code);
        MemoryMarshal.Write(code[2..], in address);
        Jump.CopyTo(code[10..]);
        Installed = ProtectMemory(start, length, ReadExecute) == 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void GiveUp(nint number)
    {
        if (number == 0)
            return;
        var now = Environment.TickCount64;
        Waiting.Enqueue((number, now));
        Interlocked.Increment(ref _seen);
        while (Waiting.TryPeek(out var oldest) && now - oldest.Since > DelayMilliseconds && Waiting.TryDequeue(out oldest))
            NativeMemory.Free((void*)oldest.Number); // made by operator new, which is malloc in glibc; a plain number owns nothing else
    }

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int ProtectMemory(nint address, nuint length, int protection);
}
