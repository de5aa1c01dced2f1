using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>
/// Automatic mixed precision for the calling thread until disposed: matrix products and convolutions run in bfloat16 while the
/// weights stay float32 (Micikevicius et al. 2018). Scopes nest. What needs float32 opens <see cref="Disable"/> and casts its inputs.
/// </summary>
public sealed partial class Autocast : IDisposable
{
    const string Library = "torch_cpu";

    readonly sbyte _device;
    readonly bool _before;
    readonly sbyte _typeBefore;
    bool _disposed;

    Autocast(DeviceType device, bool enabled)
    {
        _device = (sbyte)device;
        _before = IsEnabled(_device) != 0;
        _typeBefore = GetType(_device);
        SetEnabled(_device, enabled ? (byte)1 : (byte)0);
        SetType(_device, (sbyte)ScalarType.BFloat16);
        _ = IncrementNesting();
    }

    /// <summary>Turns bfloat16 computation on.</summary>
    public static Autocast Enable(DeviceType device) => new(device, true);

    /// <summary>Turns it off; tensors that are already bfloat16 stay so until cast.</summary>
    public static Autocast Disable(DeviceType device) => new(device, false);

    /// <summary>Enables autocast where <paramref name="enabled"/>, otherwise disables it.</summary>
    public static Autocast Set(DeviceType device, bool enabled) => new(device, enabled);

    /// <summary>Whether matrix products on <paramref name="device"/> now run in bfloat16 on this thread.</summary>
    public static bool IsOn(DeviceType device) => IsEnabled((sbyte)device) != 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (DecrementNesting() == 0)
            ClearCache(); // the bfloat16 copies of the weights
        SetEnabled(_device, _before ? (byte)1 : (byte)0);
        SetType(_device, _typeBefore);
    }

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb")]
    private static partial void SetEnabled(sbyte device, byte on);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE")]
    private static partial byte IsEnabled(sbyte device);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE")]
    private static partial void SetType(sbyte device, sbyte type);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE")]
    private static partial sbyte GetType(sbyte device);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast17increment_nestingEv")]
    private static partial int IncrementNesting();

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast17decrement_nestingEv")]
    private static partial int DecrementNesting();

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast11clear_cacheEv")]
    private static partial void ClearCache();
}
